/** The tag runs there were, and undoing them. */

import type { PastRun } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { el, say } from "../page/elements.ts";
import { count } from "../page/show.ts";

export class Runs {
  private turn = 0;

  constructor(
    private readonly box: HTMLElement,
    private readonly api: Api,
    private readonly mayLabel: boolean,
    private readonly changed: () => void,
  ) {}

  /** Only the last answer counts. */
  async show(): Promise<void> {
    const turn = (this.turn += 1);
    const { runs } = await this.api.get("api/tags");
    if (turn !== this.turn) return;
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
}
