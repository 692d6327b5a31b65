/** A small map of all sounds, with where the view stands; a press or a drag moves the view there. */

import { theme } from "../page/theme.ts";
import { CELLS, densityOf, REACH } from "./density.ts";
import type { GlMap, View } from "./gl_map.ts";

/** Above this share of the whole, the view shows nearly all of it, and nobody needs the small one. */
const NEARLY_ALL = 0.8;

export class Minimap {
  private readonly canvas: HTMLCanvasElement;
  private readonly frame: HTMLElement;
  private isDrawn = false;

  /**
   * @param box it is a help for pointers: keys and those who listen have other ways to every sound, and pass it by
   */
  constructor(
    private readonly map: GlMap,
    private readonly box: HTMLElement,
  ) {
    this.canvas = box.querySelector("canvas") as HTMLCanvasElement;
    this.frame = box.querySelector(".frame") as HTMLElement;
    const move = (event: PointerEvent) => {
      if (event.buttons & 1) this.goTo(event);
    };
    box.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault(); // the keyboard stays where it is
      box.setPointerCapture(event.pointerId);
      move(event);
    });
    box.addEventListener("pointermove", move);
    // What is a press here is none on the map below.
    for (const name of ["mousedown", "click", "dblclick", "wheel"]) box.addEventListener(name, (event) => event.stopPropagation());
  }

  moved(): void {
    const { view, whole } = this.map;
    this.box.hidden = view[2] > NEARLY_ALL * whole[2] && isWithin(view, whole);
    if (this.box.hidden) return;
    if (!this.isDrawn) this.draw();
    const { clientWidth: width, clientHeight: height } = this.map.canvas;
    const [left, top] = this.toBox(...this.map.toPlane(0, 0));
    const [right, bottom] = this.toBox(...this.map.toPlane(width, height));
    const size = this.box.clientWidth;
    Object.assign(this.frame.style, { left: px(left, size), top: px(top, size), width: px(right - left, size), height: px(bottom - top, size) });
  }

  /** Other colours. */
  dress(): void {
    this.isDrawn = false;
    this.moved();
  }

  /** What it shows: a square around almost all sounds, as middle and half a side. */
  private get square(): { x: number; y: number; half: number } {
    const { left, right, bottom, top } = this.map.bounds;
    return { x: (left + right) / 2, y: (bottom + top) / 2, half: 0.53 * Math.max(right - left, top - bottom) };
  }

  /** Where a place of the plane is, as shares of the box from its left and top. */
  private toBox(x: number, y: number): [number, number] {
    const square = this.square;
    return [0.5 + (x - square.x) / (2 * square.half), 0.5 - (y - square.y) / (2 * square.half)];
  }

  private goTo(event: PointerEvent): void {
    const box = this.box.getBoundingClientRect();
    const { x, y, half } = this.square;
    const [across, up] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((one) => Math.min(1, Math.max(0, one))) as [number, number];
    void this.map.go([x + (2 * across - 1) * half, y + (1 - 2 * up) * half, this.map.view[2]]);
  }

  /** One picture of where sounds lie, drawn once: however many there are, moving costs nothing. */
  private draw(): void {
    this.isDrawn = true;
    const density = densityOf(this.map.x, this.map.y, null, 1);
    const most = density.reduce((one, other) => Math.max(one, other), 0);
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(theme().lines.slice(at, at + 2), 16)) as [number, number, number];
    const image = new ImageData(CELLS, CELLS);
    density.forEach((value, cell) => {
      const at = 4 * ((CELLS - 1 - Math.floor(cell / CELLS)) * CELLS + (cell % CELLS));
      image.data.set([red, green, blue, Math.min(255, 255 * Math.sqrt(value / most) * 1.1)], at);
    });
    const source = document.createElement("canvas");
    source.width = source.height = CELLS;
    source.getContext("2d")?.putImageData(image, 0, 0);
    const size = (this.canvas.width = this.canvas.height = Math.round(this.box.clientWidth * (window.devicePixelRatio || 1)));
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    const { x, y, half } = this.square;
    const side = (half / REACH) * CELLS;
    context.drawImage(source, ((x - half) / REACH / 2 + 0.5) * CELLS, (0.5 - (y + half) / REACH / 2) * CELLS, side, side, 0, 0, size, size);
  }
}

function isWithin(view: View, whole: View): boolean {
  return Math.hypot(view[0] - whole[0], view[1] - whole[1]) < 0.3 * whole[2];
}

function px(share: number, size: number): string {
  return `${(share * size).toFixed(1)}px`;
}
