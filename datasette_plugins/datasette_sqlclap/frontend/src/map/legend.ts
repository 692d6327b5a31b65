/** What the colours mean; what a colour stands for can be shown alone. */

import { el } from "../page/elements.ts";
import type { Range } from "../query/measures.ts";
import { rangesOf, type SaidName, type State } from "../query/state.ts";

/** The filter that shows a colour alone: a range of what is measured, or a text such as a folder. */
export type Only = { measured: string; range: Range } | { said: SaidName; text: string };

export interface LegendItem {
  colour: string;
  text: string;
  only?: Only;
}

type Filters = Pick<State, "said" | "min" | "max" | "ranges">;

export class Legend {
  /** Filters by what was chosen; null takes that filter away. */
  narrow: (only: Only, on: boolean) => void = () => {};
  private filters: Filters = { said: {}, min: null, max: null, ranges: {} };
  private items: LegendItem[] = [];
  private coloured: LegendItem[] = [];
  private besides: LegendItem[] = [];

  constructor(private readonly element: HTMLElement) {}

  show(items: LegendItem[]): void {
    this.coloured = items;
    this.draw();
  }

  /** What is shown besides colours. */
  add(items: LegendItem[]): void {
    this.besides = items;
    this.draw();
  }

  private draw(): void {
    const items = (this.items = [...this.coloured, ...this.besides]);
    this.element.replaceChildren(...items.map((item) => el("li", {}, ...this.parts(item))));
  }

  /** Other filters are in force. */
  mark(filters: Filters): void {
    this.filters = filters;
    const buttons = this.element.querySelectorAll("button");
    this.items.filter((item) => item.only).forEach((item, at) => buttons[at]?.setAttribute("aria-pressed", String(this.isOn(item.only as Only))));
  }

  private parts({ colour, text, only }: LegendItem): (Node | string)[] {
    const swatch = el("i", {});
    swatch.style.background = colour;
    if (!only) return [swatch, text];
    const turn = () => this.narrow(only, !this.isOn(only));
    return [el("button", { type: "button", title: "Show these alone; again: all", "aria-pressed": String(this.isOn(only)), onclick: turn }, swatch, text)];
  }

  private isOn(only: Only): boolean {
    if ("said" in only) return this.filters.said[only.said] === only.text;
    return String(rangesOf(this.filters)[only.measured] ?? "") === String(only.range);
  }
}
