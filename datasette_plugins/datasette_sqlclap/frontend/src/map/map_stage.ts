/** The map on the page: the points, the names over them, the tools beside them. */

import type { Atlas } from "./atlas.ts";
import { byId } from "../page/elements.ts";
import { DensityLayer } from "./density_layer.ts";
import { Frames } from "./frames.ts";
import { GlMap, type View } from "./gl_map.ts";
import { Minimap } from "./minimap.ts";
import { Names } from "./names.ts";
import { pictureMenu } from "./picture_menu.ts";
import { columnOf, toPlane } from "./points.ts";
import { Rectangle } from "./rectangle.ts";
import { renderer } from "./renderer.ts";
import type { Colour, State } from "../query/state.ts";
import { theme } from "../page/theme.ts";
import { Tip } from "../list/tip.ts";
import type { Theme } from "../page/colours.ts";
import { Rings } from "./rings.ts";
import { Touch } from "./touch.ts";

const HOVER_MS = 60;
/** How far from a point a finger may be that means it, in CSS pixels. */
const FINGER = 22;

export interface StageHandlers {
  hover(id: number): void;
  /** Whether what the pointer passes is heard at once, not only where it rests. */
  sweeps(): boolean;
  open(id: number): void;
  take(ids: number[]): void;
  /** The view is another one; null stands for all of it. */
  moved(view: View | null): void;
  /** Lines around where sounds lie dense were switched on or off. */
  layered(density: boolean): void;
}

const DIRECTIONS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export class MapStage {
  /** The sound in hand: where the keyboard is. */
  held: number | null = null;
  private map: GlMap | null = null;
  private names: Names | null = null;
  private rectangle: Rectangle | null = null;
  private density: DensityLayer | null = null;
  private minimap: Minimap | null = null;
  private readonly frames = new Frames(byId("frames"));
  private readonly tip = new Tip();
  private readonly rings: Rings;
  private dressed: Theme | null = null;
  private hovering = 0;
  private hovers: number | null = null;
  private moving = 0;
  /** Where the view is on its way to: pressing + twice goes in twice as far. */
  private aim: View | null = null;
  private seesAll = true;

  constructor(
    private readonly atlas: Atlas | null,
    private readonly handlers: StageHandlers,
  ) {
    this.rings = new Rings(atlas);
  }

  async start(state: State): Promise<void> {
    const refusal = this.refusal();
    if (refusal || !this.atlas) {
      document.body.classList.add("without-map");
      byId("no-map").hidden = false;
      byId("no-map").textContent = refusal;
      return;
    }
    const base = this.atlas.base;
    const tools = document.querySelector(".map-tools") as HTMLElement;
    this.map = new GlMap(byId<HTMLCanvasElement>("canvas"), toPlane(columnOf(base, "x")), toPlane(columnOf(base, "y")), theme(), {
      hover: (at) => this.hovered(at),
      click: (at) => this.clicked(at),
      lasso: (points) => this.take(points),
      moved: () => this.moved(),
      covered: () => tools.offsetTop + tools.offsetHeight,
    });
    this.atlas.map = this.rings.map = this.map;
    this.dressed = theme();
    this.names = new Names(byId("names"), base.header.clusters ?? [], (x, y) => (this.map as GlMap).toScreen(x, y), () => (this.map as GlMap).view[2], () => (this.atlas as Atlas).pinned);
    this.rectangle = new Rectangle(byId("map"), byId("marquee"), (...box) => this.take((this.map as GlMap).within(...box)));
    this.density = new DensityLayer(this.map, byId<HTMLCanvasElement>("density-lines"));
    this.minimap = new Minimap(this.map, byId("minimap"));
    this.atlas.filtered = () => this.density?.show(this.atlas?.kept ?? null);
    this.bindTools();
    this.layer(state.density);
    await this.atlas.show(state.colour);
    if (state.view) await this.show(state.view);
    this.names.moved();
    performance.mark("sqlclap-points");
    document.body.dataset["points"] = String(this.atlas.count);
    Object.assign(window, { sqlclap: { map: this.map, atlas: this.atlas, frames: this.frames, stage: this } });
  }

  /** Resolves when points can be pointed at. */
  async indexed(): Promise<void> {
    await this.map?.indexed;
  }

  private refusal(): string {
    if (!this.atlas) return "There is no map of this library yet. Search and lists work without.";
    if (!renderer()) return "This browser has no WebGL, so there is no map; search, lists and cards work without.";
    return "";
  }

  async applyColours(colour: Colour): Promise<void> {
    if (this.dressed !== theme()) this.dress();
    await this.atlas?.show(colour);
  }

  /** It draws all points anew. */
  private dress(): void {
    this.dressed = theme();
    this.map?.applyTheme(theme());
    this.minimap?.dress();
    this.layer(this.density?.isOn ?? false);
  }

  /** Shows lines around where sounds lie dense, or none. */
  layer(density: boolean): void {
    this.density?.turn(density);
    this.atlas?.legend.add(this.density?.legend ?? []);
    this.names?.moved(); // the legend stands in their way
  }

  /** Takes a sound in hand, and shows where it is. */
  hold(id: number | null): void {
    this.held = id;
    this.rings.put("held", id);
  }

  /** Shows where a sound is that a list points at, or that plays. */
  point(id: number): void {
    this.rings.put("pointed", id);
  }

  /** Names the sound under the pointer, if it is there still. */
  name(id: number, path: string): void {
    const place = this.hovers === id ? this.atlas?.place(id) : null;
    if (place && this.map) this.tip.show(path, this.map.toScreen(...place));
  }

  /** Goes to a view that an address holds; none means all of it. */
  async show(view: View | null): Promise<void> {
    this.seesAll = view === null;
    await this.map?.go(view ?? this.map.whole);
  }

  /** Names of clusters, or which are pinned, are others. */
  renamed(): void {
    this.names?.moved();
  }

  mark(ids: Iterable<number>): void {
    this.map?.select(this.atlas?.positions(ids) ?? []);
  }

  /** Goes from the sound in hand to the next one in an arrow's direction. */
  go(key: string): number | null {
    if (!this.atlas) return null;
    const [dx, dy] = DIRECTIONS[key] ?? [0, 0];
    const [from] = this.held === null ? [] : this.atlas.positions([this.held]);
    const to = from === undefined ? Math.floor(this.atlas.count / 2) : this.atlas.neighbour(from, dx, dy);
    if (to < 0) return null;
    this.hold(this.atlas.ids[to] as number);
    return this.held;
  }

  goToCluster(cluster: number): void {
    if (!this.atlas) return;
    const clusters = columnOf(this.atlas.base, "cluster");
    const points: number[] = [];
    clusters.forEach((one, at) => one === cluster && points.push(at));
    if (points.length) void this.map?.goTo(points); // a link may name a cluster of the map before
  }

  run(command: string): void {
    if (command === "pan" || command === "lasso" || command === "rectangle") this.mode(command);
    else if (command === "zoom-in") this.zoom(0.6);
    else if (command === "zoom-out") this.zoom(1 / 0.6);
    else if (command === "fit") this.fit();
    else if (command === "density") this.turnDensity();
    else if (command === "frames") byId("frames").hidden = !byId("frames").hidden;
  }

  private turnDensity(): void {
    if (!this.density) return;
    this.layer(!this.density.isOn);
    this.handlers.layered(this.density.isOn);
  }

  private bindTools(): void {
    document.querySelector(".map-tools")?.append(pictureMenu(this.map as GlMap, () => this.density?.contours ?? []));
    for (const id of ["pan", "lasso", "rectangle", "zoom-in", "zoom-out", "fit", "density"]) {
      byId(id).addEventListener("click", () => this.run(id));
    }
    const resized = () => requestAnimationFrame(() => this.resized());
    new ResizeObserver(resized).observe(byId("map"));
    const map = this.map as GlMap;
    const lassoes = () => byId("lasso").getAttribute("aria-pressed") === "true";
    new Touch(map.canvas, {
      move: (...moves) => map.move(...moves),
      tap: (spot) => map.press(spot, FINGER),
      lassoes,
      draws: (on) => byId("map").classList.toggle("drawing", on || lassoes()),
    });
  }

  private resized(): void {
    if (this.seesAll) void this.show(null);
    this.names?.moved();
    this.rings.moved();
    this.density?.moved();
    this.minimap?.moved();
  }

  private mode(mode: "pan" | "lasso" | "rectangle"): void {
    for (const id of ["pan", "lasso", "rectangle"]) byId(id).setAttribute("aria-pressed", String(id === mode));
    this.map?.mode(mode === "lasso" ? "lasso" : "panZoom");
    if (this.rectangle) this.rectangle.on = mode === "rectangle";
    byId("map").classList.toggle("drawing", mode !== "pan");
  }

  private zoom(by: number): void {
    if (!this.map) return;
    const [x, y, distance] = this.aim ?? this.map.view;
    this.fly([x, y, distance * by]);
  }

  /** Shows the map; pressed again, every sound, those too that lie far out. */
  private fit(): void {
    if (!this.map) return;
    const { whole, widest } = this.map;
    this.fly(isNear(this.aim ?? this.map.view, whole) ? widest : whole);
  }

  private fly(view: View): void {
    this.aim = view;
    void this.map?.go(view, true).then(() => {
      if (this.aim === view) this.aim = null;
    });
  }

  private take(points: number[]): void {
    const ids = this.atlas?.ids;
    if (ids) this.handlers.take(points.map((at) => ids[at] as number));
  }

  private clicked(at: number): void {
    window.clearTimeout(this.hovering); // what is opened plays once
    this.handlers.open(this.atlas?.ids[at] as number);
  }

  private hovered(at: number | null): void {
    window.clearTimeout(this.hovering);
    byId("map").classList.toggle("over", at !== null);
    this.tip.hide();
    this.rings.put("pointed", null);
    this.hovers = at === null ? null : (this.atlas?.ids[at] as number);
    const id = this.hovers;
    if (id !== null) this.hovering = window.setTimeout(() => this.handlers.hover(id), this.handlers.sweeps() ? 0 : HOVER_MS);
  }

  private moved(): void {
    this.names?.moved();
    this.rings.moved();
    this.density?.moved();
    this.minimap?.moved();
    this.tip.hide();
    this.frames.moved();
    window.clearTimeout(this.moving);
    this.moving = window.setTimeout(() => this.settled(), 300);
  }

  private settled(): void {
    if (!this.map) return;
    const [view, whole] = [this.map.view, this.map.whole];
    this.seesAll = isNear(view, whole);
    this.handlers.moved(this.seesAll ? null : view);
  }
}

function isNear(one: View, other: View): boolean {
  return one.every((value, at) => Math.abs(value - (other[at] as number)) < 1e-3);
}
