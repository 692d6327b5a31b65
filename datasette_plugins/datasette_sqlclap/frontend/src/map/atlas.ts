/** The points, what is known of them, and how they are shown. */

import type { MissingShard } from "../api/answers.ts";
import type { Api, Query } from "../api/api.ts";
import type { GlMap } from "./gl_map.ts";
import { colourByGroup, highlight, type StyledPoints } from "./colormap.ts";
import type { Legend } from "./legend.ts";
import { colourByMeasure } from "./measured_colours.ts";
import { columnOf, decode, findId, type Ids, type Payload } from "./points.ts";
import type { Measured } from "../query/measures.ts";
import { LENGTH, type State } from "../query/state.ts";
import { isDark, theme } from "../page/theme.ts";

/** What stands for no folder of its own among the names of folders. */
const NOT_ONE = ["(top)", "(others)"];

export class Atlas {
  readonly ids: Ids;
  map: GlMap | null = null;
  /** Called when other points pass the filters. */
  filtered: () => void = () => {};
  /** Called when the library turns out to have another map by now. */
  outdated: () => void = () => {};
  /** Called with the shards of a set that are missing from what is shown, in whole or in part. */
  partial: (shards: MissingShard[]) => void = () => {};
  /** Clusters whose names always stand on the map. */
  pinned = new Set<number>();
  /** Of the map that the page shows, and the names on it. */
  version: string;
  /** Places of the points that pass the filters; null: all. */
  kept: number[] | null = null;
  private revision = 0;
  private scores = new Map<number, number>();
  /** What the map was last drawn for: drawing a million points anew takes its time. */
  private shown = "";
  private turns = 0;
  private readonly more = new Map<string, Promise<Payload>>();
  /** Shards that lack tags, by which colours and filters go. */
  private readonly lacking = new Map<"colour" | "kept", readonly MissingShard[]>();

  constructor(
    readonly base: Payload,
    private readonly api: Api,
    readonly legend: Legend,
    private readonly measured: Measured[],
  ) {
    this.ids = columnOf<Ids>(base, "id");
    this.version = base.header.version;
  }

  get count(): number {
    return this.ids.length;
  }

  /** Ids of the sounds that pass the filters: of "all", or of the cluster of that number. */
  listed(list: string): { ids: ArrayLike<number>; where: string } {
    const cluster = list === "all" ? null : Number(list);
    if (cluster === null && !this.kept) return { ids: this.ids, where: "" };
    const clusters = columnOf(this.base, "cluster");
    const places = this.kept ?? [...this.ids.keys()];
    const ids = places.filter((at) => cluster === null || clusters[at] === cluster).map((at) => this.ids[at] as number);
    const name = this.base.header.clusters?.find((one) => one.cluster === cluster && one.level === 0)?.name;
    return { ids, where: cluster === null ? "" : ` in ${name || `cluster ${cluster}`}` };
  }

  /** Shows the points that pass the filters alone; null: all. */
  async keep(points: number[] | null): Promise<void> {
    this.kept = points;
    this.filtered();
    await this.map?.filter(points);
  }

  positions(ids: Iterable<number>): number[] {
    return [...ids].map((id) => findId(this.ids, id)).filter((at) => at >= 0);
  }

  place(id: number): [number, number] | null {
    const at = findId(this.ids, id);
    if (at < 0) return null;
    return [this.unit("x", at), this.unit("y", at)];
  }

  /** Lights sounds up by their scores; none puts the lights out. */
  light(scores: Map<number, number>): void {
    if (scores.size || this.scores.size) this.turns += 1;
    this.scores = new Map();
    for (const [id, score] of scores) {
      const at = findId(this.ids, id);
      if (at >= 0) this.scores.set(at, score);
    }
  }

  /** Labels, tags or anchors have changed: what is known of them is asked for again. */
  forgetLabels(): void {
    this.turns += 1;
    for (const name of [...this.more.keys()]) if (/^(kept|tag)/.test(name)) this.more.delete(name);
  }

  async show(colour: State["colour"]): Promise<void> {
    const revision = (this.revision += 1);
    const asked = `${colour} ${isDark()} ${this.turns}`;
    if (asked === this.shown) return;
    const styled = await this.styledPoints(colour);
    if (revision !== this.revision) return;
    this.tellLacking("colour", styled.missing);
    this.shown = ""; // while it is being drawn, it is neither
    this.legend.show(styled.legend);
    await this.map?.show(styled.style);
    if (revision === this.revision) this.shown = asked;
  }

  /** Tells which shards lack tags that the colours, or the filters, go by. */
  tellLacking(what: "colour" | "kept", shards: readonly MissingShard[] = []): void {
    this.lacking.set(what, shards);
    const all = [...(this.base.header.missing ?? []), ...[...this.lacking.values()].flat()];
    this.partial([...new Map(all.map((one) => [`${one.shard} ${one.reason}`, one])).values()]);
  }

  private async styledPoints(colour: State["colour"]): Promise<StyledPoints & { missing?: MissingShard[] | undefined }> {
    if (colour === "similarity" || this.scores.size) return highlight(this.count, this.scores, theme(), isDark());
    const measured = this.measured.find((one) => (colour === "length" ? one.name === LENGTH : colour === `measured:${one.name}`));
    if (measured) return colourByMeasure(measured, columnOf(await this.column(measured.name), measured.name), theme());
    if (colour !== "label" && colour !== "folder") {
      // Their names lie on the map and stand in the list beside it: no legend is needed.
      return colourByGroup(columnOf(this.base, "cluster"), [], theme());
    }
    const name = colour === "label" ? "tag" : "folder";
    const payload = await this.column(name);
    const styled = colourByGroup(columnOf(payload, name), payload.header.names ?? [], theme());
    for (const item of styled.legend) if (payload.header.names?.includes(item.text) && !NOT_ONE.includes(item.text)) item.only = { said: colour, text: item.text };
    if (name === "tag") styled.legend.push({ colour: theme().none, text: styled.legend.length ? "no tag" : "no sound is tagged yet" });
    return { ...styled, missing: payload.header.missing };
  }

  /** The nearest sound from a place of the map in a direction, for the arrow keys. */
  neighbour(from: number, dx: number, dy: number): number {
    let best = -1;
    let least = Infinity;
    const [x, y] = [this.unit("x", from), this.unit("y", from)];
    for (let at = 0; at < this.count; at += 1) {
      const [across, up] = [this.unit("x", at) - x, this.unit("y", at) - y];
      const along = across * dx + up * dy;
      const aside = Math.abs(across * dy - up * dx);
      if (at === from || along <= 0 || aside > along) continue;
      const far = along + 2 * aside;
      if (far < least) [least, best] = [far, at];
    }
    return best;
  }

  private unit(axis: "x" | "y", at: number): number {
    return (columnOf(this.base, axis)[at] as number) / 32767.5 - 1;
  }

  /** One more column of the points; it is kept. */
  column(name: string, query: Query = {}): Promise<Payload> {
    const key = `${name}${JSON.stringify(query)}`;
    let found = this.more.get(key);
    if (!found) {
      found = this.api.bytes(`api/points/${name}`, query).then((bytes) => {
        const payload = decode(bytes);
        if (payload.header.version !== this.version) {
          this.outdated();
          throw new Error("The map has changed: reload the page");
        }
        return payload;
      });
      found.catch(() => this.more.delete(key));
      this.more.set(key, found);
    }
    return found;
  }
}
