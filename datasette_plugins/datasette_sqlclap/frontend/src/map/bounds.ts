/** Where the map's sounds lie, without the few that lie far out: what fills the window. */

export interface Bounds {
  left: number;
  right: number;
  bottom: number;
  top: number;
}

/** Everything: the plane that WebGL draws. */
export const PLANE: Bounds = { left: -1, right: 1, bottom: -1, top: 1 };

const BINS = 512;
/** Beyond these shares of an axis, points lie outside in any case. */
const OUTSIDE = 0.005;
/** A group at an end of an axis lies outside, too, if it holds no more than this share... */
const FEW = 0.04;
/** ...and is as far from all others as this share of their own width. */
const APART = 0.2;
const MARGIN = 0.06;
/** Less than this is not worth leaving anything out. */
const WORTH = 0.85;

/** The bounds of almost all points of the plane; all of it where nothing lies far out. */
export function robustBounds(x: ArrayLike<number>, y: ArrayLike<number>): Bounds {
  if (!x.length) return PLANE;
  const [left, right] = robustEnds(x);
  const [bottom, top] = robustEnds(y);
  const worth = Math.max(right - left, top - bottom) < WORTH * 2;
  return worth ? { left, right, bottom, top } : PLANE;
}

/** Where almost all values of an axis of the plane begin and end, with a margin. */
function robustEnds(values: ArrayLike<number>): [number, number] {
  const counts = new Uint32Array(BINS);
  for (let at = 0; at < values.length; at += 1) {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor((((values[at] as number) + 1) / 2) * BINS)));
    counts[bin] = (counts[bin] as number) + 1;
  }
  const most = Math.floor(OUTSIDE * values.length);
  let [first, last] = [pastFirst(counts, most), BINS - 1 - pastFirst(counts.slice().reverse(), most)];
  const few = FEW * values.length;
  first = pastGaps(counts, first, last, few);
  last = BINS - 1 - pastGaps(counts.slice().reverse(), BINS - 1 - last, BINS - 1 - first, few);
  const [low, high] = [(2 * first) / BINS - 1, (2 * (last + 1)) / BINS - 1];
  const margin = MARGIN * (high - low);
  return [Math.max(-1, low - margin), Math.min(1, high + margin)];
}

/** The first bin with more than `most` values up to it. */
function pastFirst(counts: Uint32Array, most: number): number {
  let [bin, seen] = [0, counts[0] as number];
  while (seen <= most && bin < BINS - 1) seen += counts[(bin += 1)] as number;
  return bin;
}

/** The first bin after the groups of `few` values, from the first bin on, that lie apart. */
function pastGaps(counts: Uint32Array, first: number, last: number, few: number): number {
  let [begins, seen, gap] = [first, 0, 0];
  for (let bin = 0; bin <= last && seen <= few; bin += 1) {
    if (counts[bin] && bin > begins && gap > APART * (last - bin + 1)) begins = bin;
    gap = counts[bin] ? 0 : gap + 1;
    seen += counts[bin] as number;
  }
  return begins;
}

/** The view that shows some bounds in a window, below so many pixels that are covered: the middle, and how far it is. */
export function viewOf(bounds: Bounds, width: number, height: number, covered = 0): [number, number, number] {
  const across = ((bounds.right - bounds.left) / 2) * (height / Math.max(1, width));
  const up = ((bounds.top - bounds.bottom) / 2) * (height / Math.max(1, height - covered));
  const distance = Math.max(across, up);
  return [(bounds.left + bounds.right) / 2, (bounds.bottom + bounds.top) / 2 + (covered / Math.max(1, height)) * distance, distance];
}
