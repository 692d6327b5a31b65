/** Names of clusters: given by hand, undone, and pinned so that the map always shows them. */

import type { Api } from "../api/api.ts";
import { orSay } from "../page/elements.ts";
import type { Undo } from "../undo/undo.ts";
import type { Atlas } from "./atlas.ts";
import type { Cluster } from "./points.ts";

interface Renamed {
  cluster: number;
  before: string;
  after: string;
}

export class Naming {
  private readonly renamed = new Map<number, Renamed>();
  private readonly listeners: (() => void)[] = [];

  /**
   * @param library its pins are kept in this browser
   */
  constructor(
    private readonly api: Api,
    private readonly atlas: Atlas,
    undo: Undo,
    readonly writable: boolean,
    private readonly library: string,
  ) {
    atlas.pinned = new Set(this.read());
    undo.onTurn(({ id, undone }) => void orSay(() => this.turned(id, undone)));
  }

  /** The clusters that have names, the largest first; pinned ones before all others. */
  get clusters(): Cluster[] {
    const pins = this.atlas.pinned;
    const named = (this.atlas.base.header.clusters ?? []).filter((one) => one.name && one.level === 0);
    return named.sort((a, b) => Number(pins.has(b.cluster)) - Number(pins.has(a.cluster)) || b.count - a.count);
  }

  /** Calls when names or pins are others. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  isPinned(cluster: number): boolean {
    return this.atlas.pinned.has(cluster);
  }

  pin(cluster: number, on: boolean): void {
    if (on) this.atlas.pinned.add(cluster);
    else this.atlas.pinned.delete(cluster);
    localStorage.setItem(this.key, JSON.stringify([...this.atlas.pinned]));
    this.changed();
  }

  /** Gives a cluster another name; an empty one leaves it as it is. */
  async rename(cluster: number, name: string): Promise<void> {
    const [before, after] = [this.nameOf(cluster), name.trim()];
    if (!after || after === before) return;
    // Numbers of clusters are those of the map on the page: in another one they stand for other sounds.
    if (await this.api.differs("api/points", this.atlas.version)) {
      this.atlas.outdated();
      throw new Error("The map has changed: reload the page");
    }
    const { change } = await this.api.write("api/clusters/rename", { cluster, name: after });
    if (change) this.renamed.set(change.change_id, { cluster, before, after });
    await this.put(cluster, after);
  }

  private async turned(id: number, undone: boolean): Promise<void> {
    const known = this.renamed.get(id);
    if (known) await this.put(known.cluster, undone ? known.before : known.after);
    // Done before this page was loaded: it may have been a name.
    else if (await this.api.differs("api/points", this.atlas.version).catch(() => false)) this.atlas.outdated();
  }

  private async put(cluster: number, name: string): Promise<void> {
    // Names are part of the map's version: that of this page goes along with what it wrote.
    this.atlas.version = await this.api.version("api/points");
    const found = this.atlas.base.header.clusters?.find((one) => one.cluster === cluster);
    if (found) found.name = name;
    this.changed();
  }

  private nameOf(cluster: number): string {
    return this.atlas.base.header.clusters?.find((one) => one.cluster === cluster)?.name ?? "";
  }

  private changed(): void {
    for (const listener of this.listeners) listener();
  }

  private get key(): string {
    return `sqlclap-pinned:${this.library}`;
  }

  private read(): number[] {
    const kept: unknown = JSON.parse(localStorage.getItem(this.key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => Number.isInteger(one)) : [];
  }
}
