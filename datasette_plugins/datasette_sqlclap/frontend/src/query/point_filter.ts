/** The filters on the map: which points pass them, and what else passes along a descriptor. */

import type { Atlas } from "../map/atlas.ts";
import { columnOf, type Column } from "../map/points.ts";
import { CrossFilter, type Bins } from "./cross_filter.ts";
import { isRange, lies, type Range } from "./measures.ts";
import { LENGTH, rangesOf, type State } from "./state.ts";

export class PointFilter {
  private readonly tests: CrossFilter;
  /** What each test was made of: one that stays need not be made again. */
  private readonly made = new Map<string, string>();
  private drawing = 0;
  private turn = 0;
  /** Of what the map shows; another one is drawn. */
  private shown = "";

  constructor(private readonly atlas: Atlas) {
    this.tests = new CrossFilter(atlas.count);
  }

  /** Shows on the map what passes the filters alone, and returns how many that are. */
  async apply(state: State): Promise<number> {
    const turn = (this.turn += 1);
    const ranges = rangesOf(state);
    // The server tells whom these keep: the same sounds as in a search.
    const said = Object.entries(state.said).filter(([, value]) => value);
    const columns: Record<string, Column> = {};
    const told = said.length ? await this.atlas.column("kept", Object.fromEntries(said)) : null;
    if (told) columns["kept"] = columnOf(told, "kept");
    for (const name of Object.keys(ranges)) columns[name] = await this.values(name);
    if (turn !== this.turn) return this.tests.kept().length;
    this.atlas.tellLacking("kept", told?.header.missing);
    const wanted = new Map(Object.entries(ranges).map(([name, range]) => [name, range.join(":")]));
    if (said.length) wanted.set("kept", JSON.stringify(said));
    for (const name of [...this.made.keys()]) if (!wanted.has(name)) this.set(name, "", null);
    for (const [name, key] of wanted) {
      const values = columns[name] as Column;
      const range = ranges[name];
      this.set(name, key, range ? (at) => lies(values[at] as number, range) : (at) => values[at] === 1);
    }
    const key = [...wanted].join(";");
    if (key === this.shown) return this.tests.kept().length;
    this.shown = key;
    return this.draw();
  }

  /** Nothing passes filters that can't be asked: a label that is gone, say, or words that nothing can hold. */
  async refuse(): Promise<number> {
    this.turn += 1;
    this.set("kept", "refused", () => false);
    this.shown = "refused";
    return this.draw();
  }

  /** Shows at once what a range would keep, while it is being drawn. */
  async brush(name: string, range: Range): Promise<void> {
    const values = await this.values(name);
    this.shown = "brush";
    this.set(name, `brush ${range.join(":")}`, isRange(range) ? (at) => lies(values[at] as number, range) : null);
    window.cancelAnimationFrame(this.drawing);
    this.drawing = window.requestAnimationFrame(() => void this.draw());
  }

  /** A label's anchors or tags have changed: whom it keeps is asked for again. */
  forgetLabels(): void {
    this.set("kept", "", null);
    this.shown = "";
  }

  async values(name: string): Promise<Float32Array> {
    return columnOf<Float32Array>(await this.atlas.column(name), name);
  }

  /** How many points that pass all other filters have values in each bin; of some points alone, if given. */
  histogram(name: string, values: Float32Array, bins: Bins, among?: Iterable<number>): Uint32Array {
    return this.tests.histogram(name, values, bins, among ? this.atlas.positions(among) : undefined);
  }

  private set(name: string, key: string, passes: ((at: number) => boolean) | null): void {
    if (passes && this.made.get(name) === key) return;
    this.tests.set(name, passes);
    if (passes) this.made.set(name, key);
    else this.made.delete(name);
  }

  private async draw(): Promise<number> {
    const kept = this.tests.isEmpty ? null : this.tests.kept();
    await this.atlas.keep(kept);
    return kept ? kept.length : this.atlas.count;
  }
}

/** Whether a descriptor's values are compared by their logarithms: times and frequencies. */
export function isPositive(column: { name: string; low: number | null; high: number | null }): boolean {
  return column.name === LENGTH || (column.low === 0 && column.high === null);
}
