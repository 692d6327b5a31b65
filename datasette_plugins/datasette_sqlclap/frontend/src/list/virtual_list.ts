/** A list of any length of which only the rows in sight are elements. */

import { el } from "../page/elements.ts";
import type { RowSource } from "./row_source.ts";

/** Browsers draw nothing below some 33 million pixels: longer lists scroll by shares. */
const TALLEST = 8_000_000;
/** Rows above and below the sight that are elements already. */
const SPARE = 3;
/** Who scrolls fast passes pages by: so many are asked for at once, then the latest. */
const AT_ONCE = 4;

/** How far ahead rows are asked for: what passes in so long at the pace of the last moves. */
const AHEAD_MS = 600;
/** Who passes more rows than these at once drags the bar: what lies ahead isn't known. */
const MOST_AHEAD = 400;
/**
 * A list so long that it scrolls by shares shows other rows with every pixel. Where drawing them takes longer than a
 * frame of the screen should, those that only pass by are drawn less often: what else moves stays smooth, and no row is
 * more than this behind.
 */
const SMOOTH_MS = 25;
const MOST_BEHIND_MS = 80;
/** A list that has not moved for so long rests. */
const REST_MS = 120;

/** An element that shows one row after the other. */
export interface RowElement<Row> {
  readonly element: HTMLLIElement;
  /** Shows a row; `undefined` while it is on the way. */
  fill(row: Row | undefined, index: number): void;
}

export interface ListRows<Row> {
  make(): RowElement<Row>;
  /** Height of a row in pixels. */
  height: number;
  /** A list that doesn't scroll by itself is as tall as its rows, up to so many. */
  tallest?: number;
  /** The list has come to rest: what only who looks at rows needs can be asked for. */
  rested(): void;
  failed(error: Error): void;
}

interface Slot<Row> {
  made: RowElement<Row>;
  index: number;
  row: Row | undefined;
  top: number;
}

export class VirtualList<Row> {
  readonly list: HTMLOListElement;
  private readonly space: HTMLElement;
  /** Elements, in the order of the rows that they show: those who read the page by ear go by it. */
  private slots: Slot<Row>[] = [];
  private source: RowSource<Row> | null = null;
  private drawing = 0;
  private filling = 0;
  private waiting: [number, number] | null = null;
  private sight = 0;
  private tall = -1;
  private resting = 0;
  private readonly pace = { first: 0, at: 0, rows: 0 };
  /** When rows were last drawn, and how long frames take in which they are. */
  private readonly drawn = { at: 0, takes: 0 };
  /** Where a list that scrolls by shares was scrolled to: a pixel of its bar is several rows. */
  private exact = { scrolled: -1, start: 0 };

  /**
   * @param box the element that scrolls
   */
  constructor(
    private readonly box: HTMLElement,
    name: string,
    private readonly rows: ListRows<Row>,
  ) {
    this.list = el("ol", { class: "list", role: "grid", "aria-label": name, "aria-multiselectable": "true", tabIndex: 0 });
    this.space = el("div", { class: "space" }, this.list);
    this.box.replaceChildren(this.space);
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    new ResizeObserver(() => {
      this.sight = this.box.clientHeight;
      this.draw();
    }).observe(this.box);
  }

  /** Whether rows pass by. */
  get isMoving(): boolean {
    return this.resting !== 0;
  }

  get length(): number {
    return this.source?.length ?? 0;
  }

  /** Shows other rows, from the top; or in place of those that are shown. */
  show(source: RowSource<Row>, fromTop = true): void {
    this.source = source;
    if (fromTop) this.box.scrollTop = 0;
    this.sight = this.box.clientHeight;
    for (const slot of this.slots) slot.index = -1;
    this.draw();
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

  /** Fills the elements in sight anew: what they show has changed. */
  redraw(): void {
    for (const slot of this.slots) slot.made.fill(slot.row, slot.index);
    this.draw();
  }

  /** Brings a row into sight. */
  reveal(index: number): void {
    const [top, bottom] = [index * this.height, (index + 1) * this.height];
    const start = this.start;
    if (top < start) this.scrollTo(top);
    else if (bottom > start + this.sight) this.scrollTo(bottom - this.sight);
    this.draw();
  }

  elementOf(index: number): HTMLLIElement | null {
    return this.slots.find((slot) => slot.index === index)?.made.element ?? null;
  }

  private get whole(): number {
    return this.length * this.height;
  }

  /** Whether the list is longer than browsers scroll: its rows then stand in the sight, and only what they show moves. */
  private get isSqueezed(): boolean {
    return this.whole > TALLEST;
  }

  /** Where the sight starts, in pixels from the top of all rows. */
  private get start(): number {
    const { scrollTop } = this.box;
    if (!this.isSqueezed) return scrollTop;
    if (scrollTop === this.exact.scrolled) return this.exact.start;
    return (scrollTop / (TALLEST - this.sight)) * (this.whole - this.sight);
  }

  private scrollTo(start: number): void {
    if (!this.isSqueezed) {
      this.box.scrollTop = Math.max(0, start);
      return;
    }
    this.box.scrollTop = (start / (this.whole - this.sight)) * (TALLEST - this.sight);
    this.exact = { scrolled: this.box.scrollTop, start };
  }

  private scrolled(): void {
    window.clearTimeout(this.resting);
    this.resting = window.setTimeout(() => {
      this.resting = 0;
      this.rows.rested();
    }, REST_MS);
    this.later();
  }

  private later(): void {
    this.drawing ||= window.requestAnimationFrame((now) => this.frame(now));
  }

  private frame(now: number): void {
    const { drawn } = this;
    const pause = this.isSqueezed && this.isMoving && drawn.takes > SMOOTH_MS ? MOST_BEHIND_MS : 0;
    this.drawing = 0;
    if (now - drawn.at < pause) return this.later();
    drawn.at = now;
    this.draw();
    window.requestAnimationFrame((next) => (drawn.takes = (2 * drawn.takes + next - now) / 3));
  }

  private draw(): void {
    window.cancelAnimationFrame(this.drawing);
    this.drawing = 0;
    if (!this.source) return;
    const start = this.start; // read before anything is written: after that it lays the page out anew
    this.stretch();
    const first = Math.max(0, Math.floor(start / this.height) - SPARE);
    const last = Math.min(this.length - 1, Math.ceil((start + this.sight) / this.height) + SPARE);
    this.put(first, last);
    const above = this.isSqueezed ? start : 0;
    for (const slot of this.slots) this.place(slot, Math.round(slot.index * this.height - above));
    const [from, to] = this.ahead(first, last);
    void this.fill(from, to);
  }

  /** Makes room for all rows. */
  private stretch(): void {
    const tall = this.source?.ended ? this.length : -1 - this.length;
    if (tall === this.tall) return;
    this.tall = tall;
    if (this.rows.tallest) {
      this.box.style.height = `${Math.min(this.length, this.rows.tallest) * this.height}px`;
      this.sight = Math.min(this.length, this.rows.tallest) * this.height;
    }
    this.space.style.height = `${Math.min(this.whole, TALLEST)}px`;
    this.list.classList.toggle("squeezed", this.isSqueezed);
    this.list.setAttribute("aria-rowcount", String(this.source?.ended ? this.length : -1));
  }

  /** Gives each row in sight an element: its own, where it has one, else that of a row which has gone. */
  private put(first: number, last: number): void {
    const kept = this.slots.filter((slot) => slot.index >= first && slot.index <= last);
    const free = this.slots.filter((slot) => slot.index < first || slot.index > last);
    const wanted = Math.max(0, last - first + 1);
    while (kept.length + free.length > wanted) free.pop()?.made.element.remove();
    while (kept.length + free.length < wanted) free.push({ made: this.rows.make(), index: -1, row: undefined, top: -1 });
    const own = new Map(kept.map((slot) => [slot.index, slot]));
    const reused = free.values();
    this.slots = Array.from({ length: wanted }, (_, at) => own.get(first + at) ?? (reused.next().value as Slot<Row>));
    this.arrange(free, kept);
    this.slots.forEach((slot, at) => this.dress(slot, first + at));
  }

  /** Puts elements where their rows are; where none stays, they all do, and only what they show is another row. */
  private arrange(free: Slot<Row>[], kept: Slot<Row>[]): void {
    const moves = new Set(kept.length ? free : free.filter((slot) => !slot.made.element.isConnected));
    let next: Element | null = null;
    for (const slot of [...this.slots].reverse()) {
      if (moves.has(slot)) this.list.insertBefore(slot.made.element, next);
      next = slot.made.element;
    }
  }

  private dress(slot: Slot<Row>, index: number): void {
    const row = this.source?.at(index);
    if (slot.index === index && slot.row === row) return;
    const { element } = slot.made;
    // The keyboard goes on in the list, not on a button of another row.
    if (slot.index !== index && element.contains(document.activeElement)) this.list.focus({ preventScroll: true });
    [slot.index, slot.row] = [index, row];
    element.setAttribute("aria-rowindex", String(index + 1));
    slot.made.fill(row, index);
  }

  /** A row that stays where it is among all need not be painted anew while the list scrolls. */
  private place(slot: Slot<Row>, top: number): void {
    if (slot.top === top) return;
    slot.top = top;
    slot.made.element.style.transform = `translateY(${top}px)`;
  }

  /** The rows in sight, and those that will be before long. */
  private ahead(first: number, last: number): [number, number] {
    const [now, { pace }] = [performance.now(), this];
    const [by, took] = [first - pace.first, Math.max(8, now - pace.at)];
    pace.rows = took > 300 || Math.abs(by) > MOST_AHEAD ? 0 : (pace.rows + (by / took) * AHEAD_MS) / 2;
    [pace.first, pace.at] = [first, now];
    const more = Math.min(MOST_AHEAD, Math.abs(Math.round(pace.rows)));
    return pace.rows > 0 ? [first, Math.min(this.length - 1, last + more)] : [Math.max(0, first - more), last];
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
