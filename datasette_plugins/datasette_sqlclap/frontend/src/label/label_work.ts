/** One label, worked on where one listens: its examples, its matches, its precision, and what it asks. */

import type { Anchor, LabelOverview, Precision } from "../api/answers.ts";
import type { Api, Written } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { el, orSay, say } from "../page/elements.ts";
import { ASKING_KEYS } from "../page/keyboard.ts";
import { count, fileName } from "../page/show.ts";
import type { ListContext, SoundListHandlers } from "../list/sound_list.ts";
import type { ListedMatch } from "../list/sound_row.ts";
import type { Player } from "../player/player.ts";
import { Examples } from "./example_list.ts";
import { offerCutOff, undoCutOff } from "./cut_off.ts";
import { bodyOf, litBy, type Lit, type Matches, type Polarity, type Subject } from "./examples.ts";
import { FoundList } from "./found_list.ts";
import { interval } from "./health.ts";
import { dotOf } from "./label_list.ts";
import { Rehearsal } from "./rehearsal.ts";
import { Review } from "./review.ts";
import { Rivals } from "./rivals.ts";
import type { Undo } from "../undo/undo.ts";

export interface LabelWorkHandlers extends SoundListHandlers {
  light(lit: Lit[]): Promise<void>;
  /** What would become an example now. */
  subject(): Subject | null;
  back(): void;
  showLabel(name: string): void;
  changed(): void;
}

interface Asked {
  name: string;
  best: Promise<Matches> | null;
  anchors: Promise<{ anchors: Anchor[] }>;
}

export class LabelWork {
  private label: LabelOverview | null = null;
  /** Asked for before the label itself was. */
  private early: Asked | null = null;
  private anchors: Anchor[] = [];
  private turn = 0;
  private readonly head = el("header", { class: "label-head" });
  private readonly outcome = el("div", { class: "row outcome", role: "status" });
  private readonly review = el("section", { class: "review", "aria-label": "A sound to answer about", hidden: true });
  private readonly doing = el("div", { class: "doing" });
  private readonly adding = el("p", { class: "row" });
  private readonly examples: Record<Polarity, Examples>;
  private readonly rehearsing = el("div", { class: "rehearsal", role: "status" });
  private readonly api: Api;
  private readonly undo: Undo;
  private readonly queue: Review;
  private readonly found: FoundList;
  private readonly rivals: Rivals;
  private readonly rehearsal: Rehearsal;

  constructor(
    private readonly box: HTMLElement,
    context: ListContext,
    player: Player,
    private readonly config: Config,
    private readonly handlers: LabelWorkHandlers,
  ) {
    this.api = context.api;
    this.undo = context.undo;
    const planning = { ...handlers, besides: (row: ListedMatch) => ("margin" in row && config.mayLabel ? this.rehearsal.besides(row) : null) };
    this.found = new FoundList(context, planning, () => void this.again());
    this.rivals = new Rivals(context, config.mayLabel, {
      ...handlers,
      said: (text, change) => {
        this.tell(text, change);
        handlers.changed();
      },
    });
    this.rehearsal = new Rehearsal(this.rehearsing, context, {
      planned: (rows, told) => {
        this.box.classList.add("rehearses");
        void orSay(() => this.found.showPlanned(told, rows));
        void handlers.light(rows);
      },
      left: () => void this.again(),
      changed: () => handlers.changed(),
    });
    const removing = { ...handlers, besides: (row: ListedMatch) => this.removing(row) };
    this.examples = { positive: new Examples("These are examples", context, removing), negative: new Examples("These are not", context, removing) };
    const words = { accept: "Yes", reject: "No", unsure: "Skip" };
    const measured = (found: Precision) => this.measured(found);
    this.queue = new Review(this.review, context, player, { done: () => handlers.changed(), measured }, { keys: ASKING_KEYS, words });
    box.append(this.head, this.review, this.outcome, this.rehearsing, this.doing, this.adding, this.examples.positive.box, this.examples.negative.box, this.rivals.box, this.found.box);
  }

  /** Shows a label as it is now; the question that is open stays. */
  async show(label: LabelOverview): Promise<void> {
    const turn = (this.turn += 1);
    if (this.label?.name !== label.name) {
      this.outcome.replaceChildren();
      this.rehearsal.leave();
      this.rivals.clear();
      this.showExamples([]);
    }
    this.label = label;
    this.box.hidden = false;
    this.heading(label);
    this.doing.replaceChildren(...this.actions(label));
    this.offer();
    const { best, anchors: asked } = this.early?.name === label.name ? this.early : this.ask(label);
    this.early = null;
    const { anchors } = await asked;
    if (turn !== this.turn) return;
    this.anchors = anchors;
    this.showExamples(anchors);
    this.offer();
    if (best) {
      const matches = await best;
      if (turn !== this.turn) return;
      await this.handlers.light(litBy(anchors, matches)); // before anything else is asked for
      if (turn !== this.turn) return;
      await this.showFound(label, turn, matches);
    } else await this.rehearsal.again();
    if (turn !== this.turn) return;
    this.tellMeasured(label);
    await this.rivals.show(label);
  }

  /** Asks for what is lit. */
  private ask(label: LabelOverview): Asked {
    const best = this.rehearsal.label ? null : this.found.askBest(label);
    const anchors = this.api.get("api/anchors", { label: label.name });
    for (const one of [best, anchors]) one?.catch(() => {}); // looked at by who shows it
    return { name: label.name, best, anchors };
  }

  private async showFound(label: LabelOverview, turn: number, best?: Matches): Promise<void> {
    this.box.classList.remove("rehearses");
    const matches = await this.found.askAll(label, best);
    if (!matches || turn !== this.turn) return;
    void this.handlers.light(litBy(this.anchors, matches));
    await this.found.showMatches(label, matches);
  }

  /** Lists anew what it finds. */
  private async again(): Promise<void> {
    const { label } = this;
    if (!label) return;
    await orSay(() => this.showFound(label, this.turn));
  }

  hide(): void {
    this.turn += 1;
    this.label = null;
    this.box.hidden = true;
  }

  step(by: number): void {
    void this.found.list.step(by);
  }

  /** Marks the sound in hand. */
  mark(id: number | null): void {
    for (const list of [this.found.list, this.examples.positive.list, this.examples.negative.list]) list.mark(id);
  }

  /** Another label, or none, is going to be shown: nothing more is asked about this one. */
  leave(): void {
    this.turn += 1;
    this.queue.leave();
    this.rehearsal.leave();
  }

  /** Says what would become an example now. */
  offer(): void {
    const { label } = this;
    const subject = this.handlers.subject();
    if (!label || !this.config.mayLabel) return this.adding.replaceChildren();
    const button = (text: string, polarity: Polarity) => el("button", { type: "button", value: polarity, onclick: () => void this.add(label, polarity) }, text);
    const own = new Set(this.anchors.filter((one) => one.polarity === "positive" && one.start_s === null).map((one) => one.sample_id));
    const isNew = subject?.ids.some((id) => !own.has(id));
    const hint = el("span", { class: "hint" }, subject ? "These are among its examples already: select others." : "Select sounds on the map or in a list, or click one: they can become examples here.");
    this.adding.replaceChildren(
      ...(subject && isNew ? [button(`Add ${subject.text} as example${subject.ids.length === 1 ? "" : "s"}`, "positive"), button("… as not it", "negative")] : [hint]),
    );
  }

  private heading(label: LabelOverview): void {
    const back = el("button", { type: "button", class: "close", "aria-label": "All labels", textContent: "‹", onclick: () => this.handlers.back() });
    const known = this.head.dataset["label"] === label.name ? this.head.querySelector(".precision")?.textContent : null;
    const precision = el("p", { class: "note" }, "Precision above the threshold: ", el("b", { class: "precision" }, known ?? "…"));
    this.head.dataset["label"] = label.name;
    this.head.replaceChildren(back, el("div", { class: "grow" }, el("h2", {}, dotOf(label), label.name), precision));
  }

  private tellMeasured(label: LabelOverview): void {
    if (!label.anchors || label.threshold === null) return this.tellPrecision("none without examples");
    this.api.get("api/precision", { label: label.name }).then(
      (found) => this.label === label && this.measured(found),
      (error: Error) => this.label === label && this.tellPrecision(error.message),
    );
  }

  private measured(found: Precision): void {
    if (found.label === this.label?.name) this.tellPrecision(found.precision === null ? "not known yet" : interval(found));
  }

  private tellPrecision(text: string): void {
    this.head.querySelector(".precision")?.replaceChildren(text);
  }

  private actions(label: LabelOverview): HTMLElement[] {
    const explained = explanation(label);
    if (!this.config.mayLabel) return [el("p", { class: "note" }, this.config.readOnly), explained];
    const button = (text: string, run: () => void, kind = "") => el("button", { type: "button", class: kind, onclick: run, disabled: !label.anchors }, text);
    const changed = () => {
      this.outcome.replaceChildren();
      this.handlers.changed();
    };
    return [
      el(
        "p",
        { class: "row" },
        button("Ask me", () => void this.queue.start(label.name), "primary"),
        button("Find a safe cut-off", () => void offerCutOff(this.api, label.name, (...parts) => this.label?.name === label.name && this.outcome.replaceChildren(...parts), changed)),
        button("Tag…", () => void this.rehearsal.start(label.name)),
        ...(label.threshold_from === "calibrated" ? [button("Undo the cut-off", () => void undoCutOff(this.api, label.name, changed))] : []),
      ),
      explained,
    ];
  }

  private showExamples(anchors: readonly Anchor[]): void {
    for (const [polarity, shown] of Object.entries(this.examples)) shown.show(anchors.filter((one) => one.polarity === polarity));
  }

  private removing(row: ListedMatch): HTMLElement | null {
    const anchor = this.anchors.find((one) => "anchor_id" in row && one.anchor_id === row.anchor_id);
    if (!anchor || !this.config.mayLabel) return null;
    const name = `Remove ${fileName(anchor.path ?? "")} from the examples`;
    return el("button", { type: "button", class: "close", title: name, "aria-label": name, textContent: "×", onclick: () => void this.remove(anchor) });
  }

  private async add(label: LabelOverview, polarity: Polarity): Promise<void> {
    const ids = this.handlers.subject()?.ids ?? [];
    await this.write(async () => {
      const { change } = await this.api.write("api/anchors", { label: label.name, sample_ids: ids, polarity });
      // What the label is by now is asked for meanwhile: before it had examples, it couldn't be asked.
      if (label.anchors) this.early = this.ask(label);
      this.tell(`${count(ids.length, "sound")} added`, change);
    });
  }

  private async remove(anchor: Anchor): Promise<void> {
    const body = bodyOf(this.label?.name ?? "", anchor);
    await this.write(async () => {
      const { change } = await this.api.write("api/anchors/remove", body);
      this.tell(`${fileName(anchor.path ?? "")} removed`, change);
    });
  }

  /** Says what was done, and how to take it back. */
  private tell(text: string, change: Written | null): void {
    this.outcome.replaceChildren(text, this.undo.button(change));
  }

  private async write(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.handlers.changed();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }
}

/** The words that the tables and the command line use, where they stand. */
function explanation(label: LabelOverview): HTMLElement {
  const lines = [
    ["Anchor", "an example that the label goes by, or one of what it is not."],
    ["Threshold", `how alike a sound must be to count${label.threshold === null ? "" : `: ${label.threshold.toFixed(3)}, ${label.threshold_from ?? "default"}`}.`],
    ["Gap", `how much nearer it must be to this label than to its rivals${label.gap === null ? "" : `: ${label.gap.toFixed(3)}`}.`],
    ["Safe cut-off", "the threshold and gap at which your answers show 9 of 10 matches to be right."],
  ];
  const terms = lines.flatMap(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]);
  return el("details", {}, el("summary", { class: "note" }, "What the words mean"), el("dl", { class: "measures" }, ...terms));
}
