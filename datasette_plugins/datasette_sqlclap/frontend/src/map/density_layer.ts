/** Lines over the map around where sounds lie dense, like those of heights on a map. */

import { byId, orSay } from "../page/elements.ts";
import { theme } from "../page/theme.ts";
import { densityOf, WITHIN, type Line } from "./density.ts";
import type { GlMap } from "./gl_map.ts";
import type { LegendItem } from "./legend.ts";
import type { Contour } from "./picture.ts";

const FILLED = 0.07;
const LINED = 0.6;

export class DensityLayer {
  /** The sounds whose density is shown; null stands for all. */
  private points: number[] | null = null;
  private lines: Line[] | null = null;
  private paths: Path2D[] = [];
  private drawing = 0;
  private linesOf: ((density: Float32Array) => Line[]) | null = null;
  isOn = false;

  constructor(
    private readonly map: GlMap,
    private readonly canvas: HTMLCanvasElement,
  ) {}

  turn(on: boolean): void {
    this.isOn = on;
    this.canvas.hidden = !on;
    byId("density").setAttribute("aria-pressed", String(on));
    if (on) void orSay(() => this.load());
  }

  private async load(): Promise<void> {
    this.linesOf ??= (await import("../density_lines.ts")).linesOf;
    this.moved();
  }

  /** Other sounds pass the filters. */
  show(points: number[] | null): void {
    this.points = points;
    this.lines = null;
    if (this.isOn) this.moved();
  }

  /** The map has moved, or is dressed in other colours. */
  moved(): void {
    if (!this.isOn) return;
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      this.draw();
    });
  }

  get legend(): LegendItem[] {
    if (!this.isOn) return [];
    const shares = WITHIN.map((one) => `${100 * one}`).join(", ");
    return [{ colour: theme().lines, text: `lines: ${shares} % of the sounds lie within` }];
  }

  /** As a picture has them. */
  get contours(): Contour[] {
    if (!this.isOn) return [];
    const { map } = this;
    const colour = theme().lines;
    return this.found().map(({ rings }) => ({ colour, filled: FILLED, lined: LINED, rings: rings.map((ring) => ring.map(([x, y]) => map.toScreen(x, y))) }));
  }

  /** Computed once for what is shown: moving the map draws the same lines elsewhere. */
  private found(): Line[] {
    if (!this.linesOf) return []; // it is on the way
    if (!this.lines) {
      this.lines = this.linesOf(densityOf(this.map.x, this.map.y, this.points));
      this.paths = this.lines.map(({ rings }) => pathOf(rings));
    }
    return this.lines;
  }

  private draw(): void {
    this.found();
    const { canvas, map } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(map.canvas.clientWidth * ratio), Math.round(map.canvas.clientHeight * ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d") as CanvasRenderingContext2D;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    const [a, b, c, d, e, f] = map.matrix;
    context.setTransform(a * ratio, b * ratio, c * ratio, d * ratio, e * ratio, f * ratio);
    context.fillStyle = context.strokeStyle = theme().lines;
    context.lineWidth = 1.2 / Math.hypot(a, b);
    for (const path of this.paths) {
      context.globalAlpha = FILLED;
      context.fill(path, "evenodd");
      context.globalAlpha = LINED;
      context.stroke(path);
    }
  }
}

function pathOf(rings: [number, number][][]): Path2D {
  const path = new Path2D();
  for (const ring of rings) {
    ring.forEach(([x, y], at) => (at ? path.lineTo(x, y) : path.moveTo(x, y)));
    path.closePath();
  }
  return path;
}
