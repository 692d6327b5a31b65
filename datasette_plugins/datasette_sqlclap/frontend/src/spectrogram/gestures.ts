/** Mouse, wheel and fingers on the picture: click to hear, drag to select or move, wheel and pinch to zoom. */

const MOVED_PX = 4;
const WHEEL_PX = 320;

export interface Gestures {
  click(x: number): void;
  /** From where the pointer went down to where it is. */
  select(from: number, to: number, isDone: boolean): void;
  /** By so many pixels. */
  pan(pixels: number): void;
  zoom(factor: number, x: number): void;
}

export type Dragging = "select" | "move";

export function followPointers(canvas: HTMLCanvasElement, gestures: Gestures, dragging: () => Dragging): void {
  const down = new Map<number, { x: number; y: number }>();
  let start = 0;
  let has = false;
  let mode: Dragging = "select";
  const spread = () => {
    const [one, other] = [...down.values()];
    return one && other ? { apart: Math.hypot(one.x - other.x, one.y - other.y) || 1, middle: (one.x + other.x) / 2 } : null;
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    [start, has] = [event.clientX, down.size > 1];
    const moves = event.shiftKey || event.button === 1 || down.size > 1;
    mode = moves ? "move" : dragging();
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const pinched = spread();
    down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const now = spread();
    if (pinched && now) {
      gestures.pan(pinched.middle - now.middle);
      return gestures.zoom(now.apart / pinched.apart, now.middle);
    }
    has ||= Math.abs(event.clientX - start) > MOVED_PX;
    if (!has) return;
    if (mode === "select") gestures.select(start, event.clientX, false);
    else gestures.pan(before.x - event.clientX);
  });
  const up = (event: PointerEvent): void => {
    if (!down.delete(event.pointerId) || down.size) return;
    if (event.type === "pointercancel") return;
    if (!has) gestures.click(event.clientX);
    else if (mode === "select") gestures.select(start, event.clientX, true);
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (sideways && !event.ctrlKey) gestures.pan(event.deltaX || event.deltaY);
      else gestures.zoom(2 ** (-event.deltaY / (event.ctrlKey ? WHEEL_PX / 4 : WHEEL_PX)), event.clientX);
    },
    { passive: false },
  );
}
