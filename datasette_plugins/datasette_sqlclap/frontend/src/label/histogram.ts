/** How a label's scores lie, with a threshold that can be dragged or moved by arrow keys. */

import type { ScoreHistogram } from "../api/answers.ts";

export interface Scale {
  low: number;
  high: number;
  width: number;
}

export function toX(score: number, scale: Scale): number {
  return ((score - scale.low) / (scale.high - scale.low)) * scale.width;
}

export function toScore(x: number, scale: Scale): number {
  const score = scale.low + (x / scale.width) * (scale.high - scale.low);
  return Math.round(Math.min(1, Math.max(0, score)) * 1000) / 1000;
}

/** The span that is drawn: the scores, the threshold, and a little air. */
export function spanOf(histogram: ScoreHistogram): { low: number; high: number } {
  const { edges, threshold } = histogram;
  const low = Math.min(edges[0] ?? 0, threshold) - 0.02;
  const high = Math.max(edges[edges.length - 1] ?? 1, threshold) + 0.02;
  return { low, high };
}

export class HistogramView {
  private threshold: number;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly histogram: ScoreHistogram,
    private readonly changed: (threshold: number, settled: boolean) => void,
  ) {
    this.threshold = histogram.threshold;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "slider");
    canvas.setAttribute("aria-label", "Threshold");
    canvas.setAttribute("aria-valuemin", "0");
    canvas.setAttribute("aria-valuemax", "1");
    canvas.addEventListener("pointerdown", (event) => this.drag(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.draw();
  }

  private drag(event: PointerEvent): void {
    this.canvas.setPointerCapture(event.pointerId);
    const move = (moved: PointerEvent) => this.set(toScore(moved.offsetX, this.scale), false);
    move(event);
    this.canvas.addEventListener("pointermove", move);
    const end = () => {
      this.canvas.removeEventListener("pointermove", move);
      this.changed(this.threshold, true);
    };
    this.canvas.addEventListener("pointerup", end, { once: true });
  }

  private key(event: KeyboardEvent): void {
    const by = { ArrowLeft: -0.005, ArrowRight: 0.005, PageDown: -0.05, PageUp: 0.05 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.set(Math.round((this.threshold + by) * 1000) / 1000, true);
  }

  private set(threshold: number, settled: boolean): void {
    this.threshold = Math.min(1, Math.max(0, threshold));
    this.draw();
    this.changed(this.threshold, settled);
  }

  private get scale(): Scale {
    return { ...spanOf(this.histogram), width: this.canvas.clientWidth };
  }

  private draw(): void {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.setAttribute("aria-valuenow", this.threshold.toFixed(3));
    const context = this.canvas.getContext("2d");
    if (!context || !width) return;
    context.scale(ratio, ratio);
    this.bars(context, height - 34);
    this.votes(context, height - 26);
    this.ends(context, height);
    this.line(context, height);
  }

  /** What the axis goes from and to, unless the threshold's own figure stands there. */
  private ends(context: CanvasRenderingContext2D, height: number): void {
    const { low, high, width } = this.scale;
    const x = toX(this.threshold, this.scale);
    context.fillStyle = getComputedStyle(this.canvas).getPropertyValue("--quiet");
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "left";
    if (x > 90) context.fillText(low.toFixed(2), 0, height - 1);
    context.textAlign = "right";
    if (x < width - 90) context.fillText(high.toFixed(2), width, height - 1);
  }

  private bars(context: CanvasRenderingContext2D, height: number): void {
    const { edges, counts } = this.histogram;
    const style = getComputedStyle(this.canvas);
    const highest = Math.sqrt(Math.max(1, ...counts));
    counts.forEach((count, at) => {
      const [left, right] = [toX(edges[at] as number, this.scale), toX(edges[at + 1] as number, this.scale)];
      const tall = (Math.sqrt(count) / highest) * height;
      const above = (edges[at + 1] as number) > this.threshold;
      context.fillStyle = style.getPropertyValue(above ? "--accent" : "--quiet");
      context.globalAlpha = above ? 0.9 : 0.45;
      context.fillRect(left, height - tall, Math.max(1, right - left - 1), tall);
    });
    context.globalAlpha = 1;
  }

  /** Accepted votes above, rejected ones below, unsure ones between. */
  private votes(context: CanvasRenderingContext2D, top: number): void {
    const style = getComputedStyle(this.canvas);
    const rows: Record<string, [number, string]> = { accept: [0, "--good"], unsure: [4, "--quiet"], reject: [8, "--warn"] };
    for (const vote of this.histogram.votes) {
      const [down, colour] = rows[vote.verdict] ?? [4, "--quiet"];
      context.fillStyle = style.getPropertyValue(colour);
      context.beginPath();
      context.arc(toX(vote.score, this.scale), top + down, 2.5, 0, 7);
      context.fill();
    }
  }

  private line(context: CanvasRenderingContext2D, height: number): void {
    const style = getComputedStyle(this.canvas);
    const x = toX(this.threshold, this.scale);
    context.fillStyle = style.getPropertyValue("--ink");
    context.fillRect(x - 1, 0, 2, height - 12);
    context.font = "12px system-ui, sans-serif";
    context.textAlign = x > this.canvas.clientWidth - 40 ? "right" : x < 40 ? "left" : "center";
    context.fillText(this.threshold.toFixed(3), x, height - 1);
  }
}
