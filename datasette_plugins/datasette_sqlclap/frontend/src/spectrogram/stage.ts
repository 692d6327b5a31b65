/** The picture: tiles, axes, the cursor and the span, drawn on one canvas. */

import { theme, isDark } from "../page/theme.ts";
import { binsOfRows, frequencies, frequencyTicks, timeTicks, type Frequencies, type Scale } from "./axes.ts";
import { colours, fill, noiseLevel, type Look } from "./picture.ts";
import { keyOf, type TileName, type TileStore } from "./tiles.ts";
import { columnS, levelOf, tilesOf, type Grid, type Stretch } from "./view.ts";

export const LEFT = 58;
export const BOTTOM = 22;
const TEXT = '11px system-ui, "DejaVu Sans", sans-serif';
const DRAWN_KEPT = 48;
const FARTHER = 4;

/** What a picture is drawn with beside its tiles. */
export interface Edges {
  bottom: number;
  hasAxes: boolean;
}

export interface Shown {
  grid: Grid;
  view: Stretch;
  scale: Scale;
  brightness: number;
  contrast: number;
  cursor: number;
  span: Stretch | null;
  startedAtS: number | null;
  /** What of it another picture shows; the rest is dimmed. */
  window: Stretch | null;
}

export class Stage {
  private readonly drawn = new Map<string, HTMLCanvasElement>();
  private readonly noise = new Map<string, number>();
  private look = "";
  private frame = 0;
  private shown: Shown | null = null;

  constructor(
    readonly canvas: HTMLCanvasElement,
    private readonly tiles: TileStore,
    private readonly edges: Edges = { bottom: BOTTOM, hasAxes: true },
  ) {
    new ResizeObserver(() => this.redraw()).observe(canvas.parentElement as HTMLElement);
  }

  show(shown: Shown): void {
    this.shown = shown;
    this.redraw();
  }

  /** Another sound is shown. */
  forget(): void {
    this.drawn.clear();
    this.noise.clear();
  }

  redraw(): void {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      if (this.shown) this.draw(this.shown);
    });
  }

  get width(): number {
    return Math.max(1, this.canvas.clientWidth - LEFT);
  }

  get height(): number {
    return Math.max(1, this.canvas.clientHeight - this.edges.bottom);
  }

  timeAt(clientX: number): number {
    const { view } = this.shown as Shown;
    const share = (clientX - this.canvas.getBoundingClientRect().left - LEFT) / this.width;
    return view.from + Math.max(0, Math.min(1, share)) * (view.to - view.from);
  }

  private draw(shown: Shown): void {
    const dense = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(this.canvas.clientWidth * dense), Math.round(this.canvas.clientHeight * dense)];
    if (this.canvas.width !== wide || this.canvas.height !== high) Object.assign(this.canvas, { width: wide, height: high });
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.clearRect(0, 0, wide, high);
    const axis = frequencies(shown.scale, shown.grid.sampleRate);
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, this.width, this.height);
    context.clip();
    this.drawTiles(context, shown, axis);
    this.drawSpan(context, shown);
    context.restore();
    if (this.edges.hasAxes) this.drawAxes(context, shown, axis);
  }

  /** A level's tiles in view; where one is not there yet, what is there from farther away. */
  private drawTiles(context: CanvasRenderingContext2D, shown: Shown, axis: Frequencies): void {
    const { grid, view } = shown;
    const level = levelOf(grid, view, this.width * (window.devicePixelRatio || 1));
    const [first, last] = tilesOf(grid, level, view);
    const names = Array.from({ length: last - first + 1 }, (_, at): TileName => ({ nFft: grid.nFft, level, tile: first + at }));
    this.tiles.want(names);
    this.forgetOtherLooks(shown);
    for (let back = Math.min(grid.mostLevel, level + FARTHER); back > level; back -= 1) this.drawLevel(context, shown, axis, back);
    this.drawLevel(context, shown, axis, level);
    this.canvas.dataset["waiting"] = this.tiles.isWaiting ? "yes" : "no";
    const failure = names.map((one) => this.tiles.failure(one)).find((one) => one !== null);
    this.canvas.dispatchEvent(new CustomEvent("drawn", { detail: failure ?? null }));
  }

  private drawLevel(context: CanvasRenderingContext2D, shown: Shown, axis: Frequencies, level: number): void {
    const { grid, view } = shown;
    const [first, last] = tilesOf(grid, level, view);
    const perSecond = this.width / (view.to - view.from);
    for (let tile = first; tile <= last; tile += 1) {
      const image = this.imageOf({ nFft: grid.nFft, level, tile }, shown, axis);
      if (!image) continue;
      const x = LEFT + (tile * grid.tileColumns * columnS(grid, level) - view.from) * perSecond;
      context.drawImage(image, x, 0, image.width * columnS(grid, level) * perSecond, this.height);
    }
  }

  private imageOf(name: TileName, shown: Shown, axis: Frequencies): HTMLCanvasElement | null {
    const key = keyOf(name);
    const held = this.drawn.get(key);
    if (held) return held;
    const tile = this.tiles.get(name);
    if (!tile) return null;
    const bins = shown.grid.nFft / 2;
    const rows = binsOfRows(axis, Math.round(this.height), bins, shown.grid.sampleRate);
    const image = new ImageData(tile.length / bins, rows.length / 2);
    fill(new Uint32Array(image.data.buffer), tile, rows, colours(this.lookOf(shown), this.noiseOf(name, tile)), bins);
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    this.drawn.set(key, canvas);
    for (const oldest of this.drawn.keys()) {
      if (this.drawn.size <= DRAWN_KEPT) break;
      this.drawn.delete(oldest);
    }
    return canvas;
  }

  /** The same for all tiles of a level, so that none begins at another brightness than its neighbour. */
  private noiseOf(name: TileName, tile: Uint8Array): number {
    const key = `${name.nFft}/${name.level}`;
    const known = this.noise.get(key) ?? noiseLevel([tile]);
    this.noise.set(key, known);
    return known;
  }

  private lookOf(shown: Shown): Look {
    return { brightness: shown.brightness, contrast: shown.contrast, dark: isDark() };
  }

  private forgetOtherLooks(shown: Shown): void {
    const look = [JSON.stringify(this.lookOf(shown)), shown.scale, Math.round(this.height)].join();
    if (look !== this.look) this.drawn.clear();
    this.look = look;
  }

  private drawSpan(context: CanvasRenderingContext2D, shown: Shown): void {
    const x = (seconds: number) => LEFT + ((seconds - shown.view.from) / (shown.view.to - shown.view.from)) * this.width;
    const accent = getComputedStyle(this.canvas).getPropertyValue("--accent").trim();
    if (shown.span) {
      const [from, to] = [x(shown.span.from), x(shown.span.to)];
      context.fillStyle = isDark() ? "rgb(255 255 255 / 16%)" : "rgb(0 0 0 / 13%)";
      context.fillRect(from, 0, to - from, this.height);
      context.fillStyle = accent;
      for (const edge of [from, to]) context.fillRect(edge - 1, 0, 2, this.height);
    }
    if (shown.window) this.drawWindow(context, x(shown.window.from), x(shown.window.to));
    context.fillStyle = theme().active;
    context.fillRect(x(shown.cursor) - 0.75, 0, 1.5, this.height);
  }

  private drawWindow(context: CanvasRenderingContext2D, from: number, to: number): void {
    context.fillStyle = isDark() ? "rgb(16 19 24 / 62%)" : "rgb(251 250 247 / 66%)";
    context.fillRect(LEFT, 0, from - LEFT, this.height);
    context.fillRect(to, 0, LEFT + this.width - to, this.height);
    context.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--accent").trim();
    context.lineWidth = 1.5;
    context.strokeRect(from + 0.75, 0.75, Math.max(2, to - from - 1.5), this.height - 1.5);
  }

  private drawAxes(context: CanvasRenderingContext2D, shown: Shown, axis: Frequencies): void {
    context.font = TEXT;
    context.fillStyle = getComputedStyle(this.canvas).color;
    context.textAlign = "right";
    for (const tick of frequencyTicks(axis, this.height)) {
      const y = (1 - tick.at) * this.height;
      context.textBaseline = tick.at > 0.97 ? "top" : tick.at < 0.03 ? "bottom" : "middle";
      context.fillText(tick.text, LEFT - 8, y);
      context.fillRect(LEFT - 4, Math.min(this.height - 1, y), 4, 1);
    }
    context.textBaseline = "top";
    for (const tick of timeTicks(shown.view, this.width, shown.startedAtS)) {
      const x = LEFT + tick.at * this.width;
      context.textAlign = tick.at > 0.95 ? "right" : tick.at < 0.03 ? "left" : "center";
      context.fillText(tick.text, x, this.height + 7);
      context.fillRect(Math.min(LEFT + this.width - 1, x), this.height, 1, 4);
    }
  }
}
