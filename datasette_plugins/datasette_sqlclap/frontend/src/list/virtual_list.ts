/** A list of any length of which only the rows in sight are elements. */

import { el } from "../page/elements.ts";
import type { RowSource } from "./row_source.ts";

/** Browsers draw nothing below some 33 million pixels: longer lists scroll by shares. */
const TALLEST = 8_000_000;
/** Rows above and below the sight that are elements already. */
const SPARE = 6;
/** Who scrolls fast passes pages by: so many are asked for at once, then the latest. */
const AT_ONCE = 4;

export interface ListRows<Row> {
  /** An element for a row; `undefined` while it is on the way. */
  element(row: Row | undefined, index: number): HTMLLIElement;
  /** Height of a row in pixels. */
  height: number;
  /** A list that doesn't scroll by itself is as tall as its rows, up to so many. */
  tallest?: number;
  failed(error: Error): void;
}

export class VirtualList<Row> {
  readonly list: HTMLOListElement;
  private readonly space = el("div", { class: "space", "aria-hidden": "true" });
  private readonly shown = new Map<number, { row: Row | undefined; element: HTMLLIElement }>();
  private source: RowSource<Row> | null = null;
  private drawing = 0;
  private filling = 0;
  private waiting: [number, number] | null = null;

  /**
   * @param box the element that scrolls
   */
  constructor(
    private readonly box: HTMLElement,
    name: string,
    private readonly rows: ListRows<Row>,
  ) {
    this.list = el("ol", { class: "list", role: "grid", "aria-label": name, "aria-multiselectable": "true", tabIndex: 0 });
    this.box.replaceChildren(this.space, this.list);
    this.box.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => this.redraw()).observe(this.box);
  }

  get length(): number {
    return this.source?.length ?? 0;
  }

  /** Shows other rows, from the top; or in place of those that are shown. */
  show(source: RowSource<Row>, fromTop = true): void {
    this.source = source;
    if (fromTop) this.box.scrollTop = 0;
    this.redraw();
  }

  private get height(): number {
    return this.rows.height;
  }

  row(index: number): Row | undefined {
    return this.source?.at(index);
  }

  /** Rows from one place to another, both included, whose pages are here or come now. */
  async fetch(from: number, to: number): Promise<Row[]> {
    await this.source?.need(from, to + 1);
    const rows: Row[] = [];
    for (let index = from; index <= to; index += 1) {
      const row = this.source?.at(index);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  /** Makes the elements in sight anew: what they show has changed. */
  redraw(): void {
    for (const { element } of this.shown.values()) element.remove();
    this.shown.clear();
    this.draw();
  }

  /** Brings a row into sight. */
  reveal(index: number): void {
    const [top, bottom] = [index * this.height, (index + 1) * this.height];
    const start = this.start;
    if (top < start) this.scrollTo(top);
    else if (bottom > start + this.box.clientHeight) this.scrollTo(bottom - this.box.clientHeight);
    this.draw();
  }

  elementOf(index: number): HTMLLIElement | null {
    return this.shown.get(index)?.element ?? null;
  }

  private get whole(): number {
    return this.length * this.height;
  }

  /** Where the sight starts, in pixels from the top of all rows. */
  private get start(): number {
    if (this.whole <= TALLEST) return this.box.scrollTop;
    const share = this.box.scrollTop / (TALLEST - this.box.clientHeight);
    return share * (this.whole - this.box.clientHeight);
  }

  private scrollTo(start: number): void {
    const scaled = this.whole <= TALLEST ? start : (start / (this.whole - this.box.clientHeight)) * (TALLEST - this.box.clientHeight);
    this.box.scrollTop = Math.max(0, scaled);
  }

  private later(): void {
    window.cancelAnimationFrame(this.drawing);
    this.drawing = window.requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    if (!this.source) return;
    if (this.rows.tallest) this.box.style.height = `${Math.min(this.length, this.rows.tallest) * this.height}px`;
    this.space.style.height = `${Math.min(this.whole, TALLEST)}px`;
    this.list.setAttribute("aria-rowcount", String(this.source.ended ? this.length : -1));
    const start = this.start;
    const first = Math.max(0, Math.floor(start / this.height) - SPARE);
    const last = Math.min(this.length - 1, Math.ceil((start + this.box.clientHeight) / this.height) + SPARE);
    for (const [index, { element }] of this.shown) {
      if (index >= first && index <= last) continue;
      element.remove();
      this.shown.delete(index);
    }
    // Read once: to ask for it between two rows would lay the page out anew for each of them.
    const shift = this.box.scrollTop - start;
    for (let index = first; index <= last; index += 1) this.place(index, shift);
    void this.fill(first, last);
  }

  private place(index: number, shift: number): void {
    const row = this.source?.at(index);
    let shown = this.shown.get(index);
    if (!shown || shown.row !== row) {
      shown?.element.remove();
      shown = { row, element: this.rows.element(row, index) };
      shown.element.setAttribute("aria-rowindex", String(index + 1));
      this.shown.set(index, shown);
      this.insert(shown.element, index);
    }
    shown.element.style.transform = `translateY(${(shift + index * this.height).toFixed(1)}px)`;
  }

  /** Elements stand in the order of their rows, for who reads the page by ear. */
  private insert(element: HTMLLIElement, index: number): void {
    const after = [...this.shown.keys()].filter((one) => one > index);
    const next = after.length ? this.shown.get(Math.min(...after)) : undefined;
    this.list.insertBefore(element, next?.element ?? null);
  }

  private async fill(first: number, last: number): Promise<void> {
    if (this.filling >= AT_ONCE) {
      this.waiting = [first, last];
      return;
    }
    const source = this.source;
    this.filling += 1;
    try {
      if (source && (await source.need(first, last + 1)) && source === this.source) this.later();
    } catch (error) {
      this.rows.failed(error as Error);
    } finally {
      this.filling -= 1;
    }
    const next = this.waiting;
    this.waiting = null;
    if (next) void this.fill(...next);
  }
}
