/** Times between frames while the map moves: a debug overlay. */

export function quantile(sorted: number[], share: number): number {
  if (!sorted.length) return 0;
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}

export class Frames {
  private times: number[] = [];
  private last = 0;
  private movedAt = 0;
  private running = false;

  constructor(private readonly shown: HTMLElement) {}

  moved(): void {
    this.movedAt = performance.now();
    if (this.running) return;
    this.running = true;
    this.last = 0;
    requestAnimationFrame((now) => this.frame(now));
  }

  /** Median and 95th percentile (in ms) of the last 600 frames, and how many there were. */
  figures(): { p50: number; p95: number; frames: number } {
    const sorted = [...this.times].sort((a, b) => a - b);
    return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), frames: sorted.length };
  }

  reset(): void {
    this.times = [];
  }

  private frame(now: number): void {
    if (this.last) this.times.push(now - this.last);
    if (this.times.length > 600) this.times.shift();
    this.last = now;
    this.running = performance.now() - this.movedAt < 200;
    if (this.running) requestAnimationFrame((next) => this.frame(next));
    if (!this.shown.hidden) {
      const { p50, p95, frames } = this.figures();
      this.shown.textContent = `frames ${frames}  p50 ${p50.toFixed(1)} ms  p95 ${p95.toFixed(1)} ms`;
    }
  }
}
