/** A tag run before it is written: what it would tag, worst first, heard and corrected; then the run. */

import type { PlannedTag, TagRun } from "../api/answers.ts";
import type { Written } from "../api/api.ts";
import { missingText } from "../page/missing.ts";
import { el, say } from "../page/elements.ts";
import { count, fileName } from "../page/show.ts";
import type { ListContext } from "../list/sound_list.ts";
import { interval } from "./health.ts";

/** As many as one answer may hold. */
const MOST_LISTED = 1000;
const LEVELS = { high: "sure ones (high)", medium: "likely ones, too (medium)" };

export interface RehearsalHandlers {
  /** What would be tagged now, and a sentence on its order. */
  planned(rows: PlannedTag[], told: string): void;
  /** It was left. */
  left(): void;
  /** Something was written. */
  changed(): void;
}

function measured(told: TagRun): string {
  if (!told.precision || told.precision.precision === null) return "No votes tell its precision yet.";
  return `Precision as votes measure it: ${interval(told.precision)}.`;
}

export class Rehearsal {
  /** Whose run is rehearsed; nobody's where it is empty. */
  label = "";
  private turn = 0;
  private readonly level = el("select", { "aria-label": "Which matches are tagged" }, ...Object.entries(LEVELS).map(([value, text]) => el("option", { value }, text)));
  private readonly skip = el("input", { type: "checkbox", checked: true });

  constructor(
    private readonly box: HTMLElement,
    private readonly context: ListContext,
    private readonly handlers: RehearsalHandlers,
  ) {
    for (const field of [this.level, this.skip]) field.addEventListener("change", () => void this.again());
  }

  async start(label: string): Promise<void> {
    this.label = label;
    await this.again();
  }

  leave(): void {
    this.label = "";
    this.turn += 1;
    this.box.replaceChildren();
  }

  /** Asks anew: votes, examples or the choice are others. */
  async again(): Promise<void> {
    const turn = (this.turn += 1);
    try {
      const { runs, missing } = await this.context.api.post("api/tags", { ...this.body, dry_run: true, preview: MOST_LISTED });
      const told = runs[0];
      if (turn !== this.turn || !told) return;
      this.show(told, missingText(missing));
      this.handlers.planned(told.preview, orderOf(told));
    } catch (error) {
      if (turn !== this.turn) return;
      this.leave();
      this.handlers.left();
      say((error as Error).message, "error");
    }
  }

  /** What stands beside a row: it is none, and is left out of this run and of all to come. */
  besides(row: { sample_id: number; path: string; start_s?: number | null; end_s?: number | null }): HTMLElement {
    const name = `${fileName(row.path)} is none: leave it out`;
    return el("button", { type: "button", class: "close", title: name, "aria-label": name, textContent: "✗", onclick: () => void this.reject(row.sample_id) });
  }

  private get body(): { labels: string[]; confidence: string; skip_conflicts: boolean } {
    return { labels: [this.label], confidence: this.level.value, skip_conflicts: this.skip.checked };
  }

  private show(told: TagRun, missing: string): void {
    const button = (text: string, run: () => void, kind = "") => el("button", { type: "button", class: kind, onclick: run }, text);
    const write = `Tag ${count(told.tagged, "sound")}${told.refused ? " all the same" : ""}`;
    const contested = new Set(told.conflicts.map((one) => one.other));
    this.box.replaceChildren(
      el("p", {}, `${count(told.tagged, "sound")} would be tagged ${told.label}. ${measured(told)}`),
      el("p", { class: "note warning", hidden: !told.warning }, told.warning ?? ""),
      el("p", { class: "note", hidden: !missing }, missing),
      el("p", { class: "row" }, el("label", {}, "Tag ", this.level), ...(told.conflict_count ? [el("label", {}, this.skip, ` Leave out the ${told.conflict_count.toLocaleString("en")} that ${[...contested].join(", ")} claims`)] : [])),
      el("p", { class: "row" }, el("span", { hidden: !told.tagged }, button(write, () => void this.write(told.refused), "primary")), button("Leave it", () => this.left())),
    );
  }

  private left(): void {
    this.leave();
    this.handlers.left();
  }

  private async write(force: boolean): Promise<void> {
    const { label } = this;
    try {
      const { answer, change } = await this.context.api.write("api/tags", { ...this.body, force });
      this.leave();
      this.tell([`${count(answer.runs[0]?.tagged ?? 0, "sound")} tagged ${label}`, missingText(answer.missing)].filter(Boolean).join(". "), change);
    } catch (error) {
      return say((error as Error).message, "error");
    }
    this.handlers.left();
    this.handlers.changed();
  }

  private async reject(id: number): Promise<void> {
    try {
      await this.context.api.write("api/votes", { label: this.label, sample_ids: [id], verdict: "reject" });
      this.handlers.changed();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private tell(text: string, change: Written | null): void {
    this.box.replaceChildren(text, " ", this.context.undo.button(change));
    say(text);
  }
}

function orderOf(told: TagRun): string {
  const shown = told.preview.length < told.tagged ? `The ${told.preview.length.toLocaleString("en")} nearest to being left out` : "All of it";
  return `${shown}, the most doubtful first: the margin is how far a sound lies above threshold and gap. ✗ says that one is none. Nothing is written yet.`;
}
