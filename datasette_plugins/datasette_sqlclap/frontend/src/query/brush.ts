/** A histogram with a range that is drawn with the pointer, or moved by keys. */

import { el } from "../page/elements.ts";
import { placeOf, rangeBetween, type Bins } from "./cross_filter.ts";
import { isRange, shown, type Measured, type Range } from "./measures.ts";

export interface BrushHandlers {
  /** A range is being drawn. */
  drawing(range: Range): void;
  /** It stands. */
  drawn(range: Range): void;
}

type End = "least" | "most";

export class Brush {
  readonly element: HTMLElement;
  private readonly canvas = el("canvas", { "aria-hidden": "true" });
  private readonly ends: Record<End, HTMLElement>;
  private counts: Uint32Array = new Uint32Array();
  private selected: Uint32Array | null = null;
  private range: Range = [null, null];

  constructor(
    private readonly column: Measured,
    private readonly bins: Bins,
    private readonly handlers: BrushHandlers,
  ) {
    this.ends = { least: this.handle("least"), most: this.handle("most") };
    const area = el("div", { class: "brush-area", title: "Drag for a range; a double click takes it away" }, this.canvas);
    this.element = el("div", { class: "brush", dataset: { column: column.name } }, area, this.ends.least, this.ends.most);
    area.addEventListener("pointerdown", (event) => this.draw(event));
    area.addEventListener("dblclick", () => this.settle([null, null]));
    for (const end of ["least", "most"] as const) {
      this.ends[end].addEventListener("pointerdown", (event) => this.drag(event, end));
      this.ends[end].addEventListener("keydown", (event) => this.key(event, end));
    }
    new ResizeObserver(() => this.paint()).observe(area);
    this.place();
  }

  /**
   * @param counts of what the other filters keep
   * @param selected of the selected sounds among them; null where none are
   */
  fill(counts: Uint32Array, selected: Uint32Array | null): void {
    [this.counts, this.selected] = [counts, selected];
    this.paint();
  }

  show(range: Range): void {
    this.range = range;
    this.place();
    this.paint();
  }

  private handle(end: End): HTMLElement {
    const what = end === "least" ? "least" : "most";
    return el("span", { class: `brush-end ${end}`, role: "slider", tabIndex: 0, "aria-label": `${this.column.label}, ${what}`, "aria-valuemin": 0, "aria-valuemax": this.bins.count });
  }

  private places(): [number, number] {
    const [least, most] = this.range;
    return [least === null ? 0 : placeOf(this.bins, least), most === null ? this.bins.count : placeOf(this.bins, most)];
  }

  private placeAt(event: PointerEvent): number {
    const box = this.canvas.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / (box.width || 1))) * this.bins.count;
  }

  private draw(event: PointerEvent): void {
    if (event.button !== 0) return;
    const from = this.placeAt(event);
    this.follow(event, (to) => (Math.abs(to - from) < 0.7 ? null : [from, to]));
  }

  private drag(event: PointerEvent, end: End): void {
    const other = this.places()[end === "least" ? 1 : 0];
    this.follow(event, (to) => [other, to]);
  }

  /** Follows the pointer until it is let go; null is no range yet. */
  private follow(event: PointerEvent, places: (to: number) => [number, number] | null): void {
    event.preventDefault();
    const target = event.currentTarget as HTMLElement;
    target.setPointerCapture(event.pointerId);
    if (target.tabIndex >= 0) target.focus();
    let drawn: Range | null = null;
    const move = (moved: PointerEvent) => {
      const found = places(this.placeAt(moved));
      if (!found) return;
      drawn = rangeBetween(this.bins, ...found, this.column.decimals);
      this.show(drawn);
      this.handlers.drawing(drawn);
    };
    const ended = () => {
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointercancel", ended);
      target.removeEventListener("pointerup", ended);
      if (drawn) this.handlers.drawn(drawn);
    };
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", ended);
    target.addEventListener("pointercancel", ended);
  }

  private key(event: KeyboardEvent, end: End): void {
    const step: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -Infinity, End: Infinity };
    const by = step[event.key];
    if (event.key === "Delete" || event.key === "Backspace") this.settle([null, null]);
    else if (by === undefined) return;
    else {
      const [least, most] = this.places();
      const last = this.bins.count;
      // From bin to bin; one end doesn't go past the other.
      if (end === "least") this.settle(rangeBetween(this.bins, Math.max(0, Math.min(most - 1, Math.round(least) + by)), most, this.column.decimals));
      else this.settle(rangeBetween(this.bins, least, Math.min(last, Math.max(least + 1, Math.round(most) + by)), this.column.decimals));
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private settle(range: Range): void {
    if (String(range) === String(this.range)) return;
    this.show(range);
    this.handlers.drawn(range);
  }

  private place(): void {
    const places = this.places();
    for (const [at, end] of (["least", "most"] as const).entries()) {
      const value = this.range[at] ?? null;
      this.ends[end].style.left = `${((places[at] as number) / this.bins.count) * 100}%`;
      this.ends[end].setAttribute("aria-valuenow", String(Math.round(places[at] as number)));
      this.ends[end].setAttribute("aria-valuetext", value === null ? "open" : shown(this.column, value));
    }
    this.element.classList.toggle("narrows", isRange(this.range));
  }

  private paint(): void {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const context = this.canvas.getContext("2d");
    if (!context || !width) return;
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.canvas);
    const [accent, quiet] = [style.getPropertyValue("--accent"), style.getPropertyValue("--quiet")];
    const [least, most] = this.places();
    const within = (at: number) => at + 1 > least + 1e-6 && at < most - 1e-6;
    const narrows = isRange(this.range) && !this.selected;
    this.bars(context, this.counts, (at) => (narrows && within(at) ? accent : quiet), (at) => (within(at) ? 0.75 : 0.25));
    if (this.selected) this.bars(context, this.selected, () => accent, () => 0.95);
  }

  /** Heights by the square root: a few sounds are seen beside many. */
  private bars(context: CanvasRenderingContext2D, counts: Uint32Array, colour: (at: number) => string, alpha: (at: number) => number): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const highest = Math.sqrt(Math.max(1, ...counts));
    const each = width / this.bins.count;
    counts.forEach((count, at) => {
      if (!count) return;
      const tall = Math.max(2, (Math.sqrt(count) / highest) * (height - 2));
      context.fillStyle = colour(at);
      context.globalAlpha = alpha(at);
      context.fillRect(at * each, height - tall, Math.max(1, each - 1), tall);
    });
    context.globalAlpha = 1;
  }
}
