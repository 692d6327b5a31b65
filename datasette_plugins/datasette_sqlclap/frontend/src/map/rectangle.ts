/** Selecting by a rectangle: a mode in which dragging draws one. */

export class Rectangle {
  on = false;
  private from: [number, number] | null = null;

  constructor(
    private readonly area: HTMLElement,
    private readonly marquee: HTMLElement,
    private readonly done: (left: number, top: number, right: number, bottom: number) => void,
  ) {
    area.addEventListener("pointerdown", (event) => this.start(event), { capture: true });
    area.addEventListener("pointermove", (event) => this.move(event), { capture: true });
    area.addEventListener("pointerup", (event) => this.end(event), { capture: true });
    area.addEventListener("mousedown", (event) => this.on && this.inside(event) && event.stopPropagation(), { capture: true });
  }

  private inside(event: Event): boolean {
    return (event.target as Element).tagName === "CANVAS";
  }

  private at(event: PointerEvent): [number, number] {
    const box = this.area.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private start(event: PointerEvent): void {
    if (!this.on || !this.inside(event)) return;
    event.stopPropagation();
    this.from = this.at(event);
    this.area.setPointerCapture(event.pointerId);
    this.draw(event);
  }

  private move(event: PointerEvent): void {
    if (!this.from) return;
    event.stopPropagation();
    this.draw(event);
  }

  private end(event: PointerEvent): void {
    if (!this.from) return;
    event.stopPropagation();
    const [left, top, right, bottom] = this.box(event);
    this.from = null;
    this.marquee.hidden = true;
    this.done(left, top, right, bottom);
  }

  private box(event: PointerEvent): [number, number, number, number] {
    const [x, y] = this.at(event);
    const [fromX, fromY] = this.from ?? [x, y];
    return [Math.min(x, fromX), Math.min(y, fromY), Math.max(x, fromX), Math.max(y, fromY)];
  }

  private draw(event: PointerEvent): void {
    const [left, top, right, bottom] = this.box(event);
    this.marquee.hidden = false;
    Object.assign(this.marquee.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${right - left}px`,
      height: `${bottom - top}px`,
    });
  }
}
