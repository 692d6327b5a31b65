/** Tag runs: a rehearsal with its conflicts, then the run, then undoing it. */

import type { PastRun, TagRun } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { el, say } from "../page/elements.ts";
import { interval } from "./health.ts";
import { count } from "../page/show.ts";

function measured(told: TagRun): string {
  if (!told.precision || told.precision.precision === null) return "No votes tell its precision yet.";
  return `Precision as votes measure it: ${interval(told.precision)}.`;
}

export class Runs {
  constructor(
    private readonly box: HTMLElement,
    private readonly api: Api,
    private readonly mayLabel: boolean,
    private readonly changed: () => void,
  ) {}

  async show(): Promise<void> {
    const { runs } = await this.api.get("api/tags");
    if (!runs.length) return this.box.replaceChildren(el("p", { class: "note" }, "Nothing has been tagged yet."));
    const rows = [...runs].reverse().map((run) =>
      el(
        "tr",
        {},
        el("td", { class: "number" }, run.run_id),
        el("td", {}, run.label),
        el("td", {}, run.confidence === "hand" ? "by hand" : run.confidence),
        el("td", { class: "number" }, run.tagged),
        el("td", {}, run.created_at.slice(0, 16).replace("T", " ")),
        el("td", {}, run.undone_at ? "undone" : this.mayLabel ? this.undoing(run) : ""),
      ),
    );
    const heads = ["Run", "Label", "Confidence", "Tagged", "When", ""].map((text) => el("th", { scope: "col" }, text));
    const table = el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...rows));
    this.box.replaceChildren(el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Table of runs" }, table));
  }

  private undoing(run: PastRun): HTMLElement {
    return el("button", { type: "button", "aria-label": `Undo run ${run.run_id}`, onclick: () => void this.undo(run) }, "Undo");
  }

  private async undo(run: PastRun): Promise<void> {
    try {
      const { removed } = await this.api.post("api/tags/undo", { run_id: run.run_id });
      say(`${count(removed, "tag")} removed`);
    } catch (error) {
      say((error as Error).message, "error");
    }
    await this.show();
    this.changed();
  }

  /** Says what a run would do, and offers to do it. */
  async rehearse(label: string, confidence: string, into: HTMLElement): Promise<void> {
    const body = { labels: [label], confidence };
    try {
      const { runs } = await this.api.post("api/tags", { ...body, dry_run: true });
      const told = runs[0];
      if (!told) return;
      const skip = el("input", { type: "checkbox", checked: true });
      into.replaceChildren(
        el("p", {}, `${count(told.tagged, "sound")} would be tagged ${label}; ${count(told.conflict_count, "conflict")}. ${measured(told)}`),
        el("p", { class: "note warning", hidden: !told.warning }, told.warning ?? ""),
        this.conflicts(told),
        ...(told.conflict_count ? [el("label", {}, skip, " Leave conflicts alone")] : []),
        el(
          "p",
          { class: "row" },
          el("button", { type: "button", class: "primary", onclick: () => void this.run({ ...body, skip_conflicts: skip.checked && told.conflict_count > 0, force: told.refused }, into) }, told.refused ? "Tag them all the same" : "Tag them"),
          el("button", { type: "button", onclick: () => into.replaceChildren() }, "Leave it"),
        ),
      );
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private conflicts(told: TagRun): HTMLElement {
    const list = el("ul", { class: "note" });
    for (const one of told.conflicts.slice(0, 10)) list.append(el("li", {}, `${one.path}: also ${one.other}`));
    return list;
  }

  private async run(body: object, into: HTMLElement): Promise<void> {
    try {
      const { runs } = await this.api.post("api/tags", body);
      say(`${count(runs[0]?.tagged ?? 0, "sound")} tagged`);
      into.replaceChildren();
    } catch (error) {
      say((error as Error).message, "error");
    }
    await this.show();
    this.changed();
  }
}
