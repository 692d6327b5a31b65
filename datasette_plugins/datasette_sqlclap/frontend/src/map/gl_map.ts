/** The WebGL map: regl-scatterplot behind the few words that the page needs. */

import createScatterplot from "regl-scatterplot";

import type { Theme } from "../page/colours.ts";
import { PLANE, robustBounds, viewOf, type Bounds } from "./bounds.ts";
import type { Points } from "./picture.ts";
import { groupsOf } from "./point_groups.ts";
import { emptyIndex, fillIndex } from "./point_index.ts";
import { renderer } from "./renderer.ts";

type Plot = ReturnType<typeof createScatterplot>;

export type View = [number, number, number];

/** What is used of dom-2d-camera, which has no types. */
interface Camera {
  view: Float32Array;
  tick(): boolean;
  setView(view: Float32Array): void;
}

const NEAREST = 1e-4;
const FARTHEST = 4;
/** What is held for longer, or moved farther (in CSS pixels), is no click. */
const LONGEST_CLICK_MS = 600;
const SLOP = 4;
/** How far from a point a mouse may be that means it. */
const MOUSE = 6;

export interface PointStyle {
  /** For each point, which of the colours it has. */
  categories: ArrayLike<number>;
  colours: string[];
  sizes: number[];
  opacities: number[] | "density";
}

export interface Handlers {
  hover(at: number | null): void;
  click(at: number): void;
  lasso(points: number[]): void;
  moved(): void;
  /** How much of the canvas tools cover, from its top on, in CSS pixels. */
  covered(): number;
}

/** Tools may cover this share of a low window: what lies below is seen whole in any case. */
const MOST_COVERED = 0.4;

export class GlMap {
  private readonly plot: Plot;
  /** Points under the pointer, and in a lasso, are found from then on. */
  readonly indexed: Promise<void>;
  private readonly index: ArrayBuffer;
  /** As the plotting library wants the points: made once, for a million take their time. */
  private readonly rows: number[][];
  private style: PointStyle | null = null;
  private lassoing = false;
  private quiet = false;
  private drawing: Promise<unknown> = Promise.resolve();
  private wanted: number[] | null = null;
  private flying: Promise<void> = Promise.resolve();
  private newest: (() => Promise<void>) | null = null;
  readonly bounds: Bounds;
  private selected: number[] = [];
  private down: MouseEvent | null = null;

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly x: Float32Array,
    readonly y: Float32Array,
    theme: Theme,
    private readonly handlers: Handlers,
  ) {
    this.bounds = robustBounds(x, y);
    // A million points need not be drawn twice: they are seen as a whole from the start.
    const [across, up, distance] = this.whole;
    this.index = emptyIndex(x.length);
    this.indexed = fillIndex(this.index, x, y);
    this.rows = Array.from({ length: x.length }, (_, at) => [x[at] as number, y[at] as number, 0]);
    this.plot = createScatterplot({
      renderer: renderer() ?? undefined,
      canvas,
      cameraTarget: [across, up],
      cameraDistance: distance,
      width: "auto",
      height: "auto",
      syncEvents: true,
      actionKeyMap: { lasso: "shift" },
      lassoInitiator: false,
      lassoOnLongPress: true,
      lassoColor: "#e8743b",
      showReticle: false,
      deselectOnEscape: false,
      deselectOnDblClick: false,
      pointOutlineWidth: 2,
      pointSizeSelected: 3,
      opacityInactiveMax: 1,
      opacityInactiveScale: 1,
      pointColorHover: theme.active,
      pointColorActive: theme.active,
      backgroundColor: theme.background,
      performanceMode: x.length > 500_000,
    } as Parameters<typeof createScatterplot>[0]);
    this.listen(handlers);
    canvas.addEventListener("mousedown", (event) => this.pressed(event), { capture: true });
    canvas.addEventListener("click", (event) => this.clicked(event));
  }

  /**
   * The camera pans by all that the mouse has moved since the last frame, if a button is down by then. What it moved
   * before the button went down is no panning: a quick click, or a slow frame, would throw the map away.
   */
  private settle(): void {
    const camera = this.plot.get("camera") as unknown as Camera;
    if (camera.tick()) camera.setView(camera.view);
  }

  private pressed(event: MouseEvent): void {
    this.settle();
    this.down = event;
  }

  /**
   * The library tells of a click only where it selects another point: a second one on the same sound would do nothing,
   * and one on the only sound that is selected neither. So clicks are told apart here, by when and where they happened.
   */
  private clicked(event: MouseEvent): void {
    const { down } = this;
    if (!down || event.timeStamp - down.timeStamp > LONGEST_CLICK_MS) return;
    if (Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > SLOP) return;
    if (!event.shiftKey) this.press([event.offsetX, event.offsetY], MOUSE);
    this.select(this.selected); // the library has put the point in its place
  }

  /** Something presses the canvas: the point that lies nearest is opened, if one is within reach. */
  press(spot: [number, number], reach: number): void {
    const at = this.nearest(spot, reach);
    if (at >= 0) this.handlers.click(at);
  }

  /** The shown point that lies nearest to a place of the canvas, or -1: none is within so many CSS pixels. */
  private nearest([left, top]: [number, number], reach: number): number {
    const [x, y] = this.toPlane(left, top);
    const pixel = Math.abs(this.toPlane(left, top + 1)[1] - y);
    let [best, least] = [-1, (reach * pixel) ** 2];
    const look = (at: number) => {
      const far = ((this.x[at] as number) - x) ** 2 + ((this.y[at] as number) - y) ** 2;
      if (far < least) [best, least] = [at, far];
    };
    if (this.plot.get("isPointsFiltered")) for (const at of this.plot.get("filteredPoints")) look(at);
    else for (let at = 0; at < this.x.length; at += 1) look(at);
    return best;
  }

  private listen(handlers: Handlers): void {
    const subscribe = this.plot.subscribe as unknown as (name: string, call: (value: never) => void) => void;
    subscribe("pointover", (at: number) => handlers.hover(at));
    subscribe("pointout", () => handlers.hover(null));
    subscribe("lassoStart", () => (this.lassoing = true));
    subscribe("select", ({ points }: { points: number[] }) => {
      if (!this.quiet && this.lassoing) handlers.lasso(points);
    });
    subscribe("lassoEnd", () => (this.lassoing = false));
    subscribe("view", () => handlers.moved());
  }

  /** Draws all points in a new style. Calls wait for each other. */
  show(style: PointStyle): Promise<void> {
    this.style = style;
    return this.inTurn(() => (this.style === style ? this.draw(style) : undefined));
  }

  private inTurn(work: () => Promise<unknown> | undefined): Promise<void> {
    const turn = this.drawing.then(async () => void (await work()));
    this.drawing = turn.catch(() => undefined);
    return turn;
  }

  private async draw(style: PointStyle): Promise<void> {
    this.plot.set({
      colorBy: "valueA",
      sizeBy: "valueA",
      pointColor: style.colours,
      pointSize: style.sizes,
      ...(style.opacities === "density"
        ? { opacityBy: "density" as unknown as "valueA", opacity: 1 }
        : { opacityBy: "valueA" as const, opacity: style.opacities }),
    });
    const { rows } = this;
    for (let at = 0; at < rows.length; at += 1) (rows[at] as number[])[2] = style.categories[at] as number;
    await this.plot.draw(rows, { zDataType: "categorical", preventFilterReset: true, spatialIndex: this.index as never });
  }

  /** Show these points alone; null shows all. Of those that wait for their turn, the last ones count. */
  filter(points: number[] | null): Promise<void> {
    this.wanted = points;
    return this.inTurn(() => {
      if (this.wanted !== points) return undefined;
      return points ? this.plot.filter(points, { preventEvent: true }) : this.plot.unfilter({ preventEvent: true });
    });
  }

  /** Ring these points. */
  select(points: number[]): void {
    this.quiet = true;
    this.selected = points;
    if (points.length) this.plot.select(points, { preventEvent: true });
    else this.plot.deselect({ preventEvent: true });
    this.quiet = false;
  }

  mode(mode: "panZoom" | "lasso"): void {
    this.plot.set({ mouseMode: mode });
  }

  applyTheme(theme: Theme): void {
    this.plot.set({
      backgroundColor: theme.background,
      pointColorHover: theme.active,
      pointColorActive: theme.active,
    });
  }

  /** The middle of the view, and how far it is: 1 shows everything. */
  get view(): View {
    const [x, y] = this.plot.get("cameraTarget") as [number, number];
    const distance = this.plot.get("cameraDistance") as unknown as number | [number, number];
    return [x, y, Array.isArray(distance) ? distance[0] : distance];
  }

  /**
   * Flights follow each other: the plotting library takes the end of one for the end of the next, too. Of those that
   * wait, only the last one is flown.
   */
  private fly(flight: () => Promise<void>): Promise<void> {
    this.newest = flight;
    this.flying = this.flying
      .catch(() => undefined)
      .then(async () => {
        await this.drawing;
        if (this.newest === flight) await flight();
      });
    return this.flying;
  }

  go([x, y, distance]: View, smoothly = false): Promise<void> {
    return this.fly(() => this.plot.zoomToLocation([x, y], distance, { transition: smoothly, transitionDuration: 250 }));
  }

  goTo(points: number[]): Promise<void> {
    return this.fly(() => this.plot.zoomToPoints(points, { padding: 0.3, transition: true, transitionDuration: 400 }));
  }

  /** Moves the view by so many CSS pixels, and grows it about a place of the canvas. */
  move(dx: number, dy: number, by: number, at: [number, number]): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const view = Float32Array.from(this.plot.get("cameraView") as unknown as Float32Array);
    const distance = this.view[2];
    const grown = distance / Math.min(FARTHEST, Math.max(NEAREST, distance / by));
    const [x, y] = [(2 * at[0] - width) / height, 1 - (2 * at[1]) / height];
    for (const place of [0, 1, 4, 5]) view[place] = (view[place] as number) * grown;
    view[12] = (view[12] as number) * grown + (1 - grown) * x + (2 * dx) / height;
    view[13] = (view[13] as number) * grown + (1 - grown) * y - (2 * dy) / height;
    this.plot.view(view as unknown as Parameters<Plot["view"]>[0]);
  }

  /** The view that shows the map: almost all of it where a few sounds lie far out. */
  get whole(): View {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    return viewOf(this.bounds, width, height, Math.min(this.handlers.covered(), MOST_COVERED * height));
  }

  /** The view that shows every sound. */
  get widest(): View {
    return viewOf(PLANE, this.canvas.clientWidth, this.canvas.clientHeight);
  }

  /** Where a place of the plane is on the canvas, in CSS pixels. */
  toScreen(x: number, y: number): [number, number] {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const view = this.plot.get("cameraView") as unknown as Float32Array;
    const across = ((view[0] as number) * x + (view[4] as number) * y + (view[12] as number)) * (height / width);
    const up = (view[1] as number) * x + (view[5] as number) * y + (view[13] as number);
    return [((across + 1) * width) / 2, ((1 - up) * height) / 2];
  }

  /** From the plane to the canvas, in CSS pixels: as canvases take it. */
  get matrix(): [number, number, number, number, number, number] {
    const [left, top] = this.toScreen(0, 0);
    const [across, up] = [this.toScreen(1, 0), this.toScreen(0, 1)];
    return [across[0] - left, across[1] - top, up[0] - left, up[1] - top, left, top];
  }

  /** The place of the plane that is seen at a place of the canvas, in CSS pixels. */
  toPlane(left: number, top: number): [number, number] {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const view = this.plot.get("cameraView") as unknown as Float32Array;
    const [a, b, c, d] = [view[0], view[4], view[1], view[5]] as [number, number, number, number];
    const across = ((2 * left) / width - 1) * (width / height) - (view[12] as number);
    const up = 1 - (2 * top) / height - (view[13] as number);
    const area = a * d - b * c;
    return [(d * across - b * up) / area, (a * up - c * across) / area];
  }

  /** A copy of the canvas, in the pixels of the screen. */
  painted(): HTMLCanvasElement {
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [this.canvas.width, this.canvas.height];
    copy.getContext("2d")?.drawImage(this.canvas, 0, 0);
    return copy;
  }

  /** The points that are seen, by their colours; null where they are more than `most`. */
  drawn(most: number): Points | null {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!this.style) return { groups: [] };
    const shown = this.plot.get("isPointsFiltered") ? this.plot.get("filteredPoints") : this.x.keys();
    const toScreen = (at: number) => this.toScreen(this.x[at] as number, this.y[at] as number);
    return groupsOf(this.style, shown, { width, height, distance: this.view[2], ratio: window.devicePixelRatio || 1, toScreen }, most);
  }

  /** The points inside a rectangle of the canvas, in CSS pixels. */
  within(left: number, top: number, right: number, bottom: number): number[] {
    const found: number[] = [];
    const shown = this.plot.get("isPointsFiltered") ? new Set(this.plot.get("filteredPoints")) : null;
    for (let at = 0; at < this.x.length; at += 1) {
      const [x, y] = this.toScreen(this.x[at] as number, this.y[at] as number);
      if (x >= left && x <= right && y >= top && y <= bottom && (!shown || shown.has(at))) found.push(at);
    }
    return found;
  }
}
