/** What a chip opens: its words to edit, or its sound to hear. */

import type { Api } from "../api/api.ts";
import { el } from "../page/elements.ts";
import { fileSize } from "../page/show.ts";
import type { GivenSounds } from "./given_sounds.ts";
import { wordsTerm, type GivenTerm, type SoundTerm, type Term, type WordsTerm } from "./terms.ts";

export interface TermCardHandlers {
  replace(term: Term): void;
  /** Words suffice in a name, too; none take that back. */
  name(words: string): void;
  open(sampleId: number): void;
  showLabel(name: string): void;
}

export class TermCards {
  constructor(
    private readonly api: Api,
    private readonly given: GivenSounds,
    private readonly handlers: TermCardHandlers,
  ) {}

  /** Fills a chip's card when it is opened. */
  async fill(box: HTMLElement, term: Term): Promise<void> {
    if (term.kind === "words") box.replaceChildren(this.words(term));
    else if (term.kind === "sound") box.replaceChildren(...this.sound(term));
    else if (term.kind === "given") box.replaceChildren(...(await this.givenSound(term)));
    else {
      const show = el("button", { type: "button", onclick: () => this.handlers.showLabel(term.label) }, "Show the label");
      box.replaceChildren(el("p", {}, "The middle of this label's examples."), show);
    }
  }

  private words(term: WordsTerm): HTMLElement {
    const field = el("input", { type: "text", value: term.words, maxLength: 1000, "aria-label": "Words of this term" });
    return el(
      "form",
      {
        onsubmit: (event: Event) => {
          event.preventDefault();
          if (field.value.trim()) this.handlers.replace(wordsTerm(field.value, term.weight));
        },
      },
      field,
      el("button", {}, "Change"),
      term.weight > 0 && el("button", { type: "button", title: "Find also what has these words in its name, folders or metadata, whatever it sounds like", onclick: () => this.handlers.name(field.value) }, "Or in its name"),
    );
  }

  /** The card of the words that suffice in a name. */
  named(words: string): HTMLElement[] {
    const field = el("input", { type: "text", value: words, maxLength: 1000, "aria-label": "Words in names" });
    const change = (event: Event) => {
      event.preventDefault();
      this.handlers.name(field.value);
    };
    const hint = "What has these words in its name, folders or metadata is found as well, whatever it sounds like: glass, gla*, glass OR bottle.";
    return [el("form", { onsubmit: change }, field, el("button", {}, "Change")), el("p", { class: "hint" }, hint)];
  }

  private sound(term: SoundTerm): HTMLElement[] {
    const { span } = term;
    const source = span ? this.api.url(`sample/${term.id}/audio`, { start: span.start, end: span.end }) : this.api.audio(term.id);
    const field = (name: string, value: number | undefined) =>
      el("input", { type: "number", step: "any", min: 0, name, value: value === undefined ? "" : String(value), "aria-label": `${name} (seconds)` });
    const [from, to] = [field("from", span?.start), field("to", span?.end)];
    const take = (event: Event) => {
      event.preventDefault();
      const [start, end] = [Number(from.value || NaN), Number(to.value || NaN)];
      if (start >= 0 && end > start) this.handlers.replace({ ...term, span: { start, end } });
      else if (!from.value && !to.value) this.handlers.replace({ ...term, span: null });
      else to.setCustomValidity("It has to end after it starts"), to.reportValidity(), to.setCustomValidity("");
    };
    return [
      heard(source),
      el("form", { class: "row", onsubmit: take }, "Only from ", from, " to ", to, " s ", el("button", {}, "Take")),
      el("button", { type: "button", onclick: () => this.handlers.open(term.id) }, "Show the sound"),
    ];
  }

  private async givenSound(term: GivenTerm): Promise<HTMLElement[]> {
    const sound = await this.given.find(term.key);
    if (!sound) return [el("p", { class: "note" }, `${term.name} is no longer here: give it to the page again.`)];
    const kept = await this.given.kept(term.key);
    const stays = sound.isRecording
      ? "In memory only: it goes with this page."
      : kept === "kept"
        ? "Kept in this browser: a reload finds it again."
        : "This browser keeps nothing: a reload loses it.";
    return [heard(this.given.address(term.key, sound)), el("p", { class: "hint" }, `${sound.name}, ${fileSize(sound.bytes.size)}. ${stays}`)];
  }
}

function heard(source: string): HTMLElement {
  const note = el("p", { class: "note", hidden: true }, "This browser can't play it; the search hears it all the same.");
  const audio = el("audio", { controls: true, preload: "metadata", src: source, onerror: () => (note.hidden = false) });
  return el("div", { class: "heard" }, audio, note);
}
