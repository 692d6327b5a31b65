/** What can be done with a span: hear it, search by it, make it an example, take it along. */

import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { el, say } from "../page/elements.ts";
import { seconds } from "../page/show.ts";
import { START, format } from "../query/state.ts";
import { soundTerm } from "../query/terms.ts";
import type { Undo } from "../undo/undo.ts";
import { timeText } from "./axes.ts";
import type { Stretch } from "./view.ts";

/** As much as the server gives of a sound at once, and searches by. */
const LONGEST_CLIP_S = 300;
const LONGEST_SEARCH_S = 600;

export interface SpanHandlers {
  changed(span: Stretch | null): void;
  play(): void;
  similar(): void;
  /** Examples are others now. */
  labelled(): void;
}

export class SpanPanel {
  private readonly from = this.field("From");
  private readonly to = this.field("to");
  private readonly label = el("input", { name: "label", maxLength: 200, placeholder: "owl", "aria-label": "Label", list: "labels" });
  private readonly names = el("datalist", { id: "labels" });
  private readonly told = el("output", { class: "note", "aria-live": "polite" });
  private readonly clip = el("a", { class: "button", download: "" }, "Save clip");
  /** Leads to the map with the span as a query, to which more can be added there. */
  private readonly query = el("a", { class: "button", title: "On the map, where words, sounds and labels can be added" }, "Use in a query");
  private readonly needing: HTMLElement[] = [];
  private sample = 0;
  private span: Stretch | null = null;

  constructor(
    box: HTMLElement,
    private readonly api: Api,
    private readonly undo: Undo,
    config: Config,
    private readonly handlers: SpanHandlers,
  ) {
    const button = (text: string, run: () => void, kind = "") => {
      const made = el("button", { type: "button", class: kind, onclick: run }, text);
      this.needing.push(made);
      return made;
    };
    const labelling = el(
      "form",
      { class: "row labelling-span", onsubmit: (event: Event) => event.preventDefault() },
      el("label", {}, "Label ", this.label),
      this.names,
      button("Example", () => void this.mark("positive"), "primary"),
      button("Not an example", () => void this.mark("negative")),
    );
    box.append(
      el("p", { class: "row" }, el("label", {}, "From ", this.from, " s"), el("label", {}, "to ", this.to, " s"), button("Clear", () => handlers.changed(null))),
      el("p", { class: "row doing" }, button("Hear it", () => handlers.play()), button("Search by it", () => handlers.similar()), this.query, this.clip),
      config.mayLabel ? labelling : el("p", { class: "note" }, config.readOnly),
      el("p", { class: "row" }, this.told),
    );
    this.show(null);
  }

  take(sample: number): void {
    this.sample = sample;
  }

  show(span: Stretch | null): void {
    this.span = span;
    const text = (value: number | undefined) => (value === undefined ? "" : String(Math.round(value * 1000) / 1000));
    for (const [field, value] of [[this.from, span?.from], [this.to, span?.to]] as const) {
      if (document.activeElement !== field) field.value = text(value);
    }
    for (const one of this.needing) (one as HTMLButtonElement).disabled = !span;
    const savable = span !== null && span.to - span.from <= LONGEST_CLIP_S;
    this.clip.toggleAttribute("aria-disabled", !savable);
    if (savable) this.clip.href = this.api.url(`sample/${this.sample}/audio`, { start: span.from, end: span.to, own_rate: 1 });
    else this.clip.removeAttribute("href");
    const isTerm = span !== null && span.to - span.from <= LONGEST_SEARCH_S;
    this.query.toggleAttribute("aria-disabled", !isTerm);
    if (isTerm) this.query.href = `map${format({ ...START, terms: [soundTerm(this.sample, 1, { start: Number(text(span.from)), end: Number(text(span.to)) })] })}`;
    else this.query.removeAttribute("href");
    this.clip.title = span && !savable ? `Clips are at most ${LONGEST_CLIP_S / 60} minutes long` : "As WAV, at its own sample rate";
  }

  /** Labels that there are, to choose from. */
  offer(names: string[]): void {
    this.names.replaceChildren(...names.map((name) => el("option", { value: name })));
  }

  get isSearchable(): boolean {
    if (!this.span || this.span.to - this.span.from <= LONGEST_SEARCH_S) return this.span !== null;
    say(`A search takes at most ${LONGEST_SEARCH_S / 60} minutes`, "error");
    return false;
  }

  private field(name: string): HTMLInputElement {
    const field = el("input", { type: "number", min: "0", step: "any", class: "seconds", "aria-label": `${name === "From" ? "Start" : "End"} of the span, in seconds` });
    field.addEventListener("change", () => this.typed());
    return field;
  }

  private typed(): void {
    const [from, to] = [this.from.value, this.to.value].map((value) => (value === "" ? NaN : Number(value))) as [number, number];
    if (Number.isNaN(from) || Number.isNaN(to)) return;
    if (to <= from) return say("The end comes after the start", "error");
    this.handlers.changed({ from, to });
  }

  private async mark(polarity: "positive" | "negative"): Promise<void> {
    const [name, span] = [this.label.value.trim(), this.span];
    if (!name) {
      this.label.focus();
      return say("Which label? Type its name, or a new one");
    }
    if (!span) return;
    const body = { label: name, sample_ids: [this.sample], start_s: span.from, end_s: span.to, polarity, create: true };
    try {
      const { change } = await this.api.write("api/anchors", body);
      const told = `${timeText(span.from, 0.1)}, ${seconds(span.to - span.from)}: ${polarity === "positive" ? "an example" : "not an example"} of ${name} `;
      this.told.replaceChildren(told, this.undo.button(change));
      this.handlers.labelled();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }
}
