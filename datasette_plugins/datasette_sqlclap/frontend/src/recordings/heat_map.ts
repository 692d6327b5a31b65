/** A grid of cells on a canvas: pointed at, walked with the arrow keys, opened by click or Enter. */

import type { Cell, Grid } from "./activity_rows.ts";
import { HEAT, HEAT_ON_LIGHT, step } from "../page/colours.ts";
import { el } from "../page/elements.ts";
import { isDark, theme } from "../page/theme.ts";

const LEFT = 44;
const TOP = 18;
const WIDEST = 16_000;
const NAMES_APART = 8;

interface Shape {
  /** Least and most width of a cell, and its height (in CSS pixels). */
  least: number;
  most: number;
  height: number;
}

export class HeatMap {
  private readonly canvas = el("canvas", { tabIndex: 0, role: "application" });
  private readonly said = el("output", { class: "cell-said", "aria-live": "polite" });
  private readonly legend = el("p", { class: "heat-legend note" });
  private grid: Grid | null = null;
  private byPlace = new Map<string, Cell>();
  private width = 1;
  private at: [number, number] | null = null;

  constructor(
    private readonly place: HTMLElement,
    private readonly shape: Shape,
    private readonly open: (cell: Cell) => void,
  ) {
    place.replaceChildren(el("div", { class: "heat-scroll" }, this.canvas), this.legend, this.said);
    this.canvas.addEventListener("pointermove", (event) => this.point(event));
    this.canvas.addEventListener("pointerleave", () => this.go(null));
    this.canvas.addEventListener("click", (event) => this.point(event) && this.openHere());
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    new ResizeObserver(() => this.draw()).observe(place);
  }

  show(grid: Grid, about: string, shown: (value: number) => string): void {
    this.grid = grid;
    this.at = null;
    this.byPlace = new Map(grid.cells.map((cell) => [`${cell.column},${cell.row}`, cell]));
    this.canvas.setAttribute("aria-label", `${about} Arrow keys go from cell to cell, Enter opens the recordings. The same is in the tables below.`);
    this.said.textContent = "";
    this.draw();
    this.explain(shown);
  }

  draw(): void {
    const grid = this.grid;
    if (!grid || !this.place.clientWidth) return;
    const room = this.place.clientWidth - LEFT - 1;
    this.width = Math.min(this.shape.most, Math.max(this.shape.least, room / grid.columns), WIDEST / grid.columns);
    const [wide, high] = [LEFT + grid.columns * this.width + 1, TOP + grid.rows * this.shape.height + 1];
    const dense = wide > 4_000 ? 1 : window.devicePixelRatio || 1;
    Object.assign(this.canvas, { width: Math.ceil(wide * dense), height: Math.ceil(high * dense) });
    Object.assign(this.canvas.style, { width: `${wide}px`, height: `${high}px` });
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.scale(dense, dense);
    this.drawCells(context, grid);
    this.drawNames(context, grid);
    this.drawFrame(context);
  }

  private get most(): number {
    return (this.grid?.cells ?? []).reduce((most, cell) => Math.max(most, cell.value), 0);
  }

  private get ramp(): string[] {
    return isDark() ? HEAT : HEAT_ON_LIGHT;
  }

  private drawCells(context: CanvasRenderingContext2D, grid: Grid): void {
    const [{ height }, width, most, ramp] = [this.shape, this.width, this.most, this.ramp];
    const between = width >= 5 ? 1 : 0;
    for (const cell of grid.cells) {
      context.fillStyle = cell.value > 0 ? (ramp[step(cell.value, 0, most, ramp.length)] as string) : theme().faint;
      context.fillRect(LEFT + cell.column * width, TOP + cell.row * height, Math.max(width - between, 1), height - 1);
    }
  }

  private drawNames(context: CanvasRenderingContext2D, grid: Grid): void {
    context.fillStyle = getComputedStyle(this.place).color;
    context.font = '11px system-ui, "DejaVu Sans", sans-serif';
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const [row, name] of grid.rowNames) context.fillText(name, LEFT - 6, TOP + (row + 0.5) * this.shape.height);
    context.textAlign = "left";
    let free = 0;
    for (const [column, name] of grid.columnNames) {
      const x = LEFT + column * this.width;
      if (x < free) continue;
      context.fillText(name, x, TOP / 2 - 1);
      free = x + context.measureText(name).width + NAMES_APART;
    }
  }

  private drawFrame(context: CanvasRenderingContext2D): void {
    if (!this.at) return;
    const [column, row] = this.at;
    context.strokeStyle = theme().active;
    context.lineWidth = 2;
    context.strokeRect(LEFT + column * this.width, TOP + row * this.shape.height, Math.max(this.width - 1, 2), this.shape.height - 1);
  }

  private explain(shown: (value: number) => string): void {
    const swatch = (colour: string) => {
      const made = el("i", { class: "swatch" });
      made.style.background = colour;
      return made;
    };
    const none = this.grid?.cells.some((cell) => cell.value <= 0) ?? false;
    this.legend.replaceChildren(
      ...(none ? [swatch(theme().faint), el("span", {}, "none")] : []),
      ...this.ramp.map(swatch),
      el("span", {}, `to ${shown(this.most)}; blank: not recorded. A click opens the recordings.`),
    );
  }

  private point(event: MouseEvent): boolean {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - LEFT) / this.width);
    const row = Math.floor((event.clientY - box.top - TOP) / this.shape.height);
    const grid = this.grid;
    const inside = grid !== null && column >= 0 && row >= 0 && column < grid.columns && row < grid.rows;
    this.go(inside ? [column, row] : null);
    return inside;
  }

  private go(at: [number, number] | null): void {
    if (String(at) === String(this.at)) return;
    this.at = at;
    const cell = at && this.byPlace.get(at.join());
    this.canvas.style.cursor = cell ? "pointer" : "";
    this.said.textContent = at ? (cell ? cell.text : "not recorded") : "";
    this.draw();
  }

  private press(event: KeyboardEvent): void {
    const steps: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1], PageUp: [-30, 0], PageDown: [30, 0],
    };
    if (event.key === "Enter") return this.openHere();
    const moved = steps[event.key];
    if (!moved || !this.grid) return;
    event.preventDefault();
    const [column, row] = this.at ?? [moved[0] < 0 ? this.grid.columns : -1, moved[1] < 0 ? this.grid.rows : -1];
    const within = (value: number, length: number) => Math.max(0, Math.min(length - 1, value));
    this.go([within(column + moved[0], this.grid.columns), within(row + moved[1], this.grid.rows)]);
    this.canvas.parentElement?.scrollTo({ left: LEFT + (this.at?.[0] ?? 0) * this.width - this.place.clientWidth / 2 });
  }

  private openHere(): void {
    const cell = this.at && this.byPlace.get(this.at.join());
    if (cell) this.open(cell);
  }
}
