/** A field with a list of what fits what is typed: a combobox, by keys and by pointer. */

import { el } from "../page/elements.ts";
import { suggest, type Known, type Suggestion } from "./suggestions.ts";

export interface CompleterHandlers {
  known(): Promise<Known>;
  /** What is offered is taken; words that only complete the text are put into the field already. */
  take(suggestion: Suggestion): void;
}

let made = 0;

export class Completer {
  private readonly list: HTMLElement;
  private offered: Suggestion[] = [];
  private active = -1;
  private turn = 0;

  constructor(
    private readonly field: HTMLInputElement,
    private readonly handlers: CompleterHandlers,
  ) {
    this.list = el("div", { class: "suggestions", id: `suggestions-${(made += 1)}`, role: "listbox", "aria-label": "Suggestions", hidden: true });
    field.parentElement?.insertBefore(this.list, field.nextSibling);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.setAttribute("aria-expanded", "false");
    field.addEventListener("input", () => void this.offer());
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => this.close());
    field.form?.addEventListener("submit", () => this.close());
    // A press keeps the field's focus, so that it doesn't close what is pressed.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
  }

  close(): void {
    this.turn += 1;
    this.show([]);
  }

  private get isOpen(): boolean {
    return !this.list.hidden;
  }

  private async offer(): Promise<void> {
    const turn = (this.turn += 1);
    const known = await this.handlers.known();
    if (turn !== this.turn || document.activeElement !== this.field) return;
    this.show(suggest(this.field.value, known));
  }

  private show(offered: Suggestion[]): void {
    this.offered = offered;
    this.list.replaceChildren(...this.groups(offered));
    this.list.hidden = !offered.length;
    this.field.setAttribute("aria-expanded", String(offered.length > 0));
    this.activate(-1);
  }

  private groups(offered: Suggestion[]): HTMLElement[] {
    const names = [...new Set(offered.map((one) => one.group))];
    return names.map((name, at) => {
      const title = el("div", { class: "suggested-by", id: `${this.list.id}-group-${at}` }, name);
      const options = offered.map((one, place) => (one.group === name ? this.option(one, place) : null));
      return el("div", { role: "group", "aria-labelledby": title.id }, title, ...options);
    });
  }

  private option(one: Suggestion, place: number): HTMLElement {
    return el("div", { role: "option", id: this.idOf(place), "aria-selected": "false", class: "suggestion", onclick: () => this.take(place) }, el("span", {}, one.text), el("small", {}, one.hint));
  }

  private idOf(place: number): string {
    return `${this.list.id}-${place}`;
  }

  private activate(place: number): void {
    this.active = place;
    this.list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
    const option = document.getElementById(this.idOf(place));
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  private take(place: number): void {
    const taken = this.offered[place];
    if (!taken) return;
    this.close();
    if (taken.does === "complete" || taken.does === "search") this.field.value = taken.words;
    this.handlers.take(taken);
  }

  private key(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && !event.ctrlKey && !event.metaKey) {
      // One place more than there are: none of them, the text as it was typed.
      const places = this.offered.length + 1;
      if (this.isOpen) this.activate(((this.active + 1 + by + places) % places) - 1);
      else void this.offer();
    } else if (event.key === "Enter" && this.active >= 0) this.take(this.active);
    else if (event.key === "Escape" && this.isOpen) this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
