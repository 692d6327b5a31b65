/** Filters over all points at once, and histograms of what the other filters keep. */

import type { Range } from "./measures.ts";

/** Equal parts of a descriptor's values, as they are drawn; of times and frequencies by their logarithms. */
export interface Bins {
  low: number;
  high: number;
  count: number;
  isLog: boolean;
}

const SMALLEST = 1e-4;
const COUNT = 40;

/** Where a value lies, in bins from the left; what lies beyond the ends counts with these. */
export function placeOf(bins: Bins, value: number): number {
  const [low, high] = [scaled(bins, bins.low), scaled(bins, bins.high)];
  return Math.min(bins.count, Math.max(0, ((scaled(bins, value) - low) / (high - low)) * bins.count));
}

/** The value at a place of a histogram, which may lie between two bins' ends. */
export function valueAt(bins: Bins, place: number): number {
  const [low, high] = [scaled(bins, bins.low), scaled(bins, bins.high)];
  const value = low + (place / bins.count) * (high - low);
  return bins.isLog ? 2 ** value : value;
}

/** Bins over what nearly all values lie in: single far ones would squash the others. */
export function binsOf(values: ArrayLike<number>, isPositive: boolean): Bins | null {
  const known: number[] = [];
  const step = Math.max(1, Math.floor(values.length / 20_000));
  for (let at = 0; at < values.length; at += step) {
    const value = values[at] as number;
    if (Number.isFinite(value)) known.push(value);
  }
  if (!known.length) return null;
  known.sort((a, b) => a - b);
  const at = (share: number) => known[Math.round(share * (known.length - 1))] as number;
  let [low, high] = [at(0.005), at(0.995)];
  const isLog = isPositive && high > SMALLEST && high / Math.max(low, SMALLEST) > 8;
  if (isLog) low = Math.max(low, SMALLEST, high / 2 ** 14);
  if (!(high > low)) [low, high] = [low - Math.max(Math.abs(low), 1) / 2, high + Math.max(Math.abs(high), 1) / 2];
  return { low, high, count: COUNT, isLog };
}

function scaled(bins: Bins, value: number): number {
  return bins.isLog ? Math.log2(Math.max(value, SMALLEST)) : value;
}

/** A range from one place to another; an end that is the histogram's own is open. */
export function rangeBetween(bins: Bins, from: number, to: number, decimals: number): Range {
  const [least, most] = [Math.min(from, to), Math.max(from, to)];
  const end = (place: number) => Number(bins.isLog ? valueAt(bins, place).toPrecision(3) : valueAt(bins, place).toFixed(decimals));
  return [least <= 0 ? null : end(least), most >= bins.count ? null : end(most)];
}

/** Which points pass each of some tests: a change of one costs one pass over the points. */
export class CrossFilter {
  /** How many tests each point fails. */
  private readonly fails: Uint8Array;
  private readonly failing = new Map<string, Uint8Array>();

  constructor(readonly count: number) {
    this.fails = new Uint8Array(count);
  }

  get isEmpty(): boolean {
    return this.failing.size === 0;
  }

  /** Sets a test, or takes it away. */
  set(name: string, passes: ((at: number) => boolean) | null): void {
    const before = this.failing.get(name);
    if (!before && !passes) return;
    const now = passes ? (before ?? new Uint8Array(this.count)) : null;
    for (let at = 0; at < this.count; at += 1) {
      const failed = before ? (before[at] as number) : 0;
      const fails = passes && !passes(at) ? 1 : 0;
      this.fails[at] = (this.fails[at] as number) + fails - failed;
      if (now) now[at] = fails;
    }
    if (now) this.failing.set(name, now);
    else this.failing.delete(name);
  }

  /** The points that pass all tests. */
  kept(): number[] {
    const kept: number[] = [];
    for (let at = 0; at < this.count; at += 1) if (this.fails[at] === 0) kept.push(at);
    return kept;
  }

  /** How many points that pass all other tests have values in each bin. */
  histogram(name: string, values: ArrayLike<number>, bins: Bins, among?: Iterable<number>): Uint32Array {
    const counts = new Uint32Array(bins.count);
    const own = this.failing.get(name);
    const add = (at: number) => {
      const value = values[at] as number;
      if (!Number.isFinite(value) || (this.fails[at] as number) > (own ? (own[at] as number) : 0)) return;
      const bin = Math.min(bins.count - 1, Math.floor(placeOf(bins, value)));
      counts[bin] = (counts[bin] as number) + 1;
    };
    if (among) for (const at of among) add(at);
    else for (let at = 0; at < this.count; at += 1) add(at);
    return counts;
  }
}
