/** Fingers on the map: a tap opens what is near, one finger pans, two pinch, press and hold draws a lasso. */

export interface TouchHandlers {
  /** Moves the map by so many pixels, and grows it about a place of the canvas. */
  move(dx: number, dy: number, by: number, at: Spot): void;
  /** A finger has touched the canvas, and gone again at once. */
  tap(at: Spot): void;
  lassoes(): boolean;
  /** A finger has begun to draw, or ended. */
  draws(on: boolean): void;
}

export type Spot = [number, number];

const HOLD_MS = 500;
const SLOP = 8; // pixels that a resting finger may wander

/** How far two fingers have moved together, and how much they have spread. */
export function pinch(before: [Spot, Spot], after: [Spot, Spot]): { dx: number; dy: number; by: number } {
  const [from, to] = [middle(...before), middle(...after)];
  return { dx: to[0] - from[0], dy: to[1] - from[1], by: apart(...after) / Math.max(1, apart(...before)) };
}

export function middle(one: Spot, other: Spot): Spot {
  return [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2];
}

function apart(one: Spot, other: Spot): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}

export class Touch {
  private readonly fingers = new Map<number, Spot>();
  private start: Spot = [0, 0];
  private began = 0;
  private moved = false;
  private drawing = false;
  private holding = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly handlers: TouchHandlers,
  ) {
    const on = (name: string, call: (event: PointerEvent) => void) =>
      canvas.addEventListener(name, (event) => (event as PointerEvent).pointerType === "touch" && call(event as PointerEvent));
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.up(event, false));
    // The mouse that browsers make of a tap is not needed, and unreliable: what it first hovers over may swallow the click.
    canvas.addEventListener("touchend", (event) => event.cancelable && event.preventDefault(), { passive: false });
    // Press and hold is the lasso's; the browser's own menu would end it.
    on("contextmenu", (event) => event.preventDefault());
  }

  private down(event: PointerEvent): void {
    this.fingers.set(event.pointerId, this.spot(event));
    window.clearTimeout(this.holding);
    if (this.fingers.size > 1) {
      this.moved = true; // whichever finger goes last has not tapped
      return this.leave(event);
    }
    [this.start, this.moved, this.began] = [this.spot(event), false, event.timeStamp];
    if (this.handlers.lassoes()) this.draw(event);
    else this.holding = window.setTimeout(() => this.draw(event), HOLD_MS);
  }

  private move(event: PointerEvent): void {
    const before = [...this.fingers.values()];
    const [was, now] = [this.fingers.get(event.pointerId), this.spot(event)];
    if (!was) return;
    if (this.drawing) return this.pretend("mousemove", event);
    if (!this.moved && this.fingers.size === 1 && apart(this.start, now) < SLOP) return;
    window.clearTimeout(this.holding);
    this.moved = true;
    this.fingers.set(event.pointerId, now);
    const after = [...this.fingers.values()];
    if (after.length === 1) return this.handlers.move(now[0] - was[0], now[1] - was[1], 1, now);
    const two = after.slice(0, 2) as [Spot, Spot];
    const { dx, dy, by } = pinch(before.slice(0, 2) as [Spot, Spot], two);
    this.handlers.move(dx, dy, by, middle(...two));
  }

  /**
   * A tap is told by when the finger went, not by when the page hears of it: a busy page hears late, and may have begun
   * a lasso by then.
   */
  private up(event: PointerEvent, counts = true): void {
    const wasAlone = this.fingers.size === 1 && this.fingers.has(event.pointerId);
    this.fingers.delete(event.pointerId);
    window.clearTimeout(this.holding);
    this.leave(event);
    const isTap = wasAlone && !this.moved && apart(this.start, this.spot(event)) < SLOP && event.timeStamp - this.began < HOLD_MS;
    if (counts && isTap && !this.handlers.lassoes()) this.handlers.tap(this.spot(event));
  }

  private draw(event: PointerEvent): void {
    this.drawing = true;
    this.handlers.draws(true);
    this.pretend("mousedown", event);
  }

  private leave(event: PointerEvent): void {
    if (!this.drawing) return;
    this.drawing = false;
    this.pretend("mouseup", event);
    this.handlers.draws(false);
  }

  /** The library that draws the lasso knows mice alone; with Shift they draw one in any mode. */
  private pretend(name: string, { clientX, clientY }: PointerEvent): void {
    const buttons = name === "mouseup" ? 0 : 1;
    const target = name === "mousedown" ? this.canvas : window;
    target.dispatchEvent(new MouseEvent(name, { clientX, clientY, buttons, shiftKey: true, bubbles: true, cancelable: true }));
  }

  private spot(event: PointerEvent): Spot {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
}
