/** The bar of chips: what the query is made of, how much each counts, and what more there is to say. */

import type { Understood } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { byId, el } from "../page/elements.ts";
import { aspectFields } from "./aspects.ts";
import { canTranspose, canTurnOff, quote, quotedIn, unquote } from "./asking.ts";
import type { State } from "./state.ts";
import { TermCards } from "./term_card.ts";
import { LEAST_WEIGHT, MOST_WEIGHT, labelTerm, nameOf, withTerm, wordsTerm, type Term } from "./terms.ts";
import type { GivenSounds } from "./given_sounds.ts";

export interface TermBarHandlers {
  /** Other terms, measures or aspects; `quietly` without a step back of their own. */
  changed(changes: Partial<State>, quietly?: boolean): void;
  open(sampleId: number): void;
  showLabel(name: string): void;
  showSql(): void;
  /** The path of a sound, once it is known. */
  path(sampleId: number): Promise<string>;
}

/** Where the keyboard is: which chip, which control of it. */
interface Place {
  at: string;
  what: string;
}
/** Stands for the chip of words in names among the places of terms. */
const NAMED = "named";
const OCTAVES = "-12,12";

export class TermBar {
  private readonly box = byId("terms");
  private readonly list = byId("chips");
  private readonly field = byId<HTMLInputElement>("more-words");
  private readonly labels = byId<HTMLSelectElement>("more-label");
  private readonly measures = byId<HTMLInputElement>("measures");
  private readonly octaves = byId<HTMLInputElement>("octaves");
  private readonly cards: TermCards;
  private terms: Term[] = [];
  private aspect: string | null = null;
  private hasLabels = false;

  constructor(
    private readonly api: Api,
    given: GivenSounds,
    private readonly aspects: readonly string[],
    private readonly handlers: TermBarHandlers,
  ) {
    this.cards = new TermCards(api, given, { ...handlers, replace: (term) => this.replaceOpen(term), name: (named) => handlers.changed({ named: named.trim() }) });
    byId<HTMLFormElement>("more").addEventListener("submit", (event) => this.add(event));
    this.measures.addEventListener("change", () => handlers.changed({ measures: this.measures.checked }));
    this.octaves.addEventListener("change", () => handlers.changed({ transpose: this.octaves.checked ? OCTAVES : "" }));
    byId("show-sql").addEventListener("click", () => handlers.showSql());
    this.labels.addEventListener("focus", () => void this.offerLabels());
    this.labels.addEventListener("change", () => this.addLabel());
    this.labels.hidden = !api.readsLabels;
    document.addEventListener("pointerdown", (event) => this.closeCards(event.target as Node));
    this.box.addEventListener("keydown", (event) => this.key(event));
  }

  show(state: State): void {
    this.terms = state.terms;
    this.box.hidden = !state.terms.length;
    this.measures.checked = state.measures;
    const focus = this.focused();
    const named = state.named && state.terms.length ? [this.namedChip(state.named)] : [];
    this.list.replaceChildren(...state.terms.map((term, at) => this.chip(term, at)), ...named);
    this.list.classList.toggle("composed", state.terms.length > 1);
    this.showMeanings([]);
    this.showAspects(state);
    this.octaves.checked = state.transpose !== "";
    this.octaves.closest("label")?.toggleAttribute("hidden", !canTranspose(state));
    this.focus(focus);
  }

  /** Says what words were taken for; each can be turned off. */
  showMeanings(understood: Understood[]): void {
    const on = understood.map((one) => this.meaning(one.words, one.means, true, canTurnOff(one, this.terms)));
    const off = this.measures.checked ? quotedIn(this.terms).map((words) => this.meaning(words, "left to the model", false, true)) : [];
    byId("meanings").replaceChildren(...on, ...off);
    this.measures.closest("label")?.toggleAttribute("hidden", !this.terms.some((term) => term.kind === "words"));
  }

  private meaning(words: string, means: string, isOn: boolean, canChange: boolean): HTMLElement {
    const text = `${words} → ${means}`;
    if (!canChange) return el("li", {}, el("span", { class: "meaning" }, text));
    const change = isOn ? quote : unquote;
    const turn = () => this.set(this.terms.map((term) => (term.kind === "words" ? { ...term, words: change(term.words, words) } : term)));
    const title = isOn ? "Leave these words to the model" : "Take these words for what is measured";
    return el("li", {}, el("button", { type: "button", class: "meaning", title, "aria-pressed": String(isOn), onclick: turn }, text));
  }

  private showAspects(state: State): void {
    const details = byId<HTMLDetailsElement>("aspects");
    details.hidden = !state.terms.some((term) => term.kind === "sound" && term.weight > 0);
    byId("aspects-said").textContent = state.aspect ? state.aspect.replace(/,/g, ", ").replace(/:/g, " ") : "timbre";
    if (this.aspect === state.aspect) return;
    this.aspect = state.aspect;
    byId("aspect-fields").replaceChildren(
      ...aspectFields(state.aspect, this.aspects, (aspect) => {
        this.aspect = aspect;
        this.handlers.changed({ aspect }, true);
      }),
    );
  }

  private chip(term: Term, at: number): HTMLLIElement {
    const named = el("span", { class: "term-name" }, nameOf(term, ""));
    const card = el("div", { class: "term-card" });
    const details = el("details", { name: "term" }, el("summary", { title: "More of this term" }, named), card);
    details.addEventListener("toggle", () => details.open && void this.cards.fill(card, term));
    const turn = el("button", { type: "button", class: "sign", textContent: term.weight < 0 ? "\u2212" : "+", onclick: () => this.replace(at, { ...term, weight: -term.weight }) });
    const remove = el("button", { type: "button", class: "close", textContent: "×", onclick: () => this.remove(at) });
    const slider = this.slider(term, at);
    const name = (path: string) => {
      const text = nameOf(term, path);
      named.textContent = text;
      turn.setAttribute("aria-label", term.weight < 0 ? `Not wanted: ${text}. Turn into wanted` : `Wanted: ${text}. Turn into not wanted`);
      turn.title = term.weight < 0 ? "Less of it; press for more" : "More of it; press for less";
      remove.setAttribute("aria-label", `Take out ${text}`);
      slider.input.setAttribute("aria-label", `How much ${text} counts`);
    };
    name("");
    if (term.kind === "sound") this.handlers.path(term.id).then(name, () => undefined);
    return el("li", { class: `term ${term.weight < 0 ? "less" : "wanted"} ${term.kind}`, dataset: { at: String(at) } }, turn, details, slider.element, remove);
  }

  /** Words that suffice in a name: no term of the sum, so they have no weight. */
  private namedChip(words: string): HTMLLIElement {
    const card = el("div", { class: "term-card" }, ...this.cards.named(words));
    const details = el("details", { name: "term" }, el("summary", { title: "More of this" }, el("span", { class: "term-name" }, `named “${words}”`)), card);
    const remove = el("button", { type: "button", class: "close", "aria-label": `Take out the words in names: ${words}`, textContent: "×", onclick: () => this.unname() });
    return el("li", { class: "term named", dataset: { at: NAMED } }, el("span", { class: "sign" }, "or"), details, remove);
  }

  private unname(): void {
    this.handlers.changed({ named: "" });
    this.focus({ at: String(this.terms.length - 1), what: "close" });
  }

  private slider(term: Term, at: number): { element: HTMLElement; input: HTMLInputElement } {
    const output = el("output", {}, String(Math.abs(term.weight)));
    const input = el("input", { type: "range", class: "weight", min: LEAST_WEIGHT, max: MOST_WEIGHT, step: 0.1, title: "How much it counts" });
    input.value = String(Math.abs(term.weight));
    input.addEventListener("input", () => (output.textContent = input.value));
    input.addEventListener("change", () => this.replace(at, { ...term, weight: Math.sign(term.weight) * Number(input.value) }, true));
    return { element: el("span", { class: "counts" }, input, output), input };
  }

  private set(terms: Term[], quietly = false): void {
    this.handlers.changed({ terms }, quietly);
  }

  private replace(at: number, term: Term, quietly = false): void {
    this.set(this.terms.map((one, place) => (place === at ? term : one)), quietly);
  }

  private remove(at: number): void {
    this.set(this.terms.filter((_, place) => place !== at));
    if (this.terms.length) this.focus({ at: String(Math.min(at, this.terms.length - 1)), what: "close" });
    else byId("words").focus();
  }

  /** Changes the term whose card stands open. */
  private replaceOpen(term: Term): void {
    const at = Number(this.list.querySelector<HTMLElement>("li:has(details[open])")?.dataset["at"] ?? -1);
    if (at >= 0) this.replace(at, term);
  }

  private add(event: SubmitEvent): void {
    event.preventDefault();
    const words = this.field.value.trim();
    const how = (event.submitter as HTMLButtonElement | null)?.value;
    if (how === NAMED && words) return this.nameToo(words);
    const sign = how === "less" || /^[-\u2212]\s*\S/.test(words) ? -1 : 1;
    const wanted = words.replace(/^[-+\u2212]\s*/, "");
    if (!wanted) return this.field.focus();
    this.field.value = "";
    this.set(withTerm(this.terms, wordsTerm(wanted, sign)));
  }

  private nameToo(words: string): void {
    this.field.value = "";
    this.handlers.changed({ named: words });
  }

  private addLabel(): void {
    const { value } = this.labels;
    this.labels.value = "";
    if (value) this.set(withTerm(this.terms, labelTerm(value)));
  }

  /** Labels without examples have no middle to be like. */
  private async offerLabels(): Promise<void> {
    if (this.hasLabels) return;
    this.hasLabels = true;
    try {
      const { labels } = await this.api.get("api/labels");
      const names = labels.filter((label) => label.anchors).map((label) => label.name);
      const none = names.length ? "+ Label…" : "No label has examples yet";
      this.labels.replaceChildren(el("option", { value: "" }, none), ...names.map((name) => el("option", { value: name }, name)));
    } catch {
      this.hasLabels = false;
    }
  }

  /** Labels have come or gone. */
  forgetLabels(): void {
    this.hasLabels = false;
  }

  private closeCards(target: Node): void {
    for (const details of this.box.querySelectorAll<HTMLDetailsElement>("details[open]")) {
      if (!details.contains(target)) details.open = false;
    }
  }

  private key(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const open = target.closest<HTMLDetailsElement>("details[open]");
    if (event.key === "Escape" && open) {
      open.open = false;
      open.querySelector("summary")?.focus();
    } else if (["Delete", "Backspace"].includes(event.key) && target.closest(".term") && !/^(text|number)$/.test((target as HTMLInputElement).type)) {
      const { at } = target.closest<HTMLElement>(".term")?.dataset ?? {};
      if (at === NAMED) this.unname();
      else this.remove(Number(at));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Which control of which chip has the keyboard: chips are made anew. */
  private focused(): Place | null {
    const active = document.activeElement as HTMLElement | null;
    const chip = active?.closest<HTMLElement>("#chips li");
    return active && chip ? { at: String(chip.dataset["at"]), what: active.className || active.localName } : null;
  }

  private focus(where: Place | null): void {
    const chip = where && this.list.querySelector<HTMLElement>(`li[data-at="${where.at}"]`);
    (chip?.querySelector<HTMLElement>(`.${where?.what}`) ?? chip?.querySelector<HTMLElement>("summary"))?.focus();
  }
}
