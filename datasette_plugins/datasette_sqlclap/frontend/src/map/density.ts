/** How densely the map's sounds lie: a coarse grid, smoothed, and the lines within which shares of them lie. */

/** Cells along each side of the grid. */
export const CELLS = 256;
/** The grid covers this much of the plane in either direction from its middle: lines close outside of the last points. */
export const REACH = 1.2;
/** The shares of all sounds that lie within the lines, from the outermost line to the innermost. */
export const WITHIN = [0.95, 0.75, 0.5, 0.25] as const;
const [LEAST_SPREAD, MOST_SPREAD] = [2, 9];

export interface Line {
  /** The share of the sounds within it. */
  within: number;
  /** Rings, in places of the plane. */
  rings: [number, number][][];
}

/**
 * How many points lie in each cell, smoothed.
 * @param spread of a point, in cells; by default the wider, the fewer points there are
 */
export function densityOf(x: Float32Array, y: Float32Array, points: ArrayLike<number> | null, spread = spreadOf(points?.length ?? x.length)): Float32Array {
  const counts = new Float32Array(CELLS * CELLS);
  const count = points?.length ?? x.length;
  for (let at = 0; at < count; at += 1) {
    const point = points ? (points[at] as number) : at;
    const cell = cellOf(y[point] as number) * CELLS + cellOf(x[point] as number);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return smoothed(counts, spread);
}

function spreadOf(count: number): number {
  return Math.round(Math.min(MOST_SPREAD, Math.max(LEAST_SPREAD, 26 * count ** (-1 / 6))));
}

function cellOf(value: number): number {
  return Math.min(CELLS - 1, Math.max(0, Math.floor(((value / REACH + 1) / 2) * CELLS)));
}

export function valueOf(cell: number): number {
  return ((2 * cell) / CELLS - 1) * REACH;
}

/** Three means of neighbours, one after the other, along either side: nearly a normal distribution. */
function smoothed(grid: Float32Array, radius: number): Float32Array {
  let [from, to]: [Float32Array, Float32Array] = [grid, new Float32Array(grid.length)];
  for (let turn = 0; turn < 3; turn += 1) {
    for (const [along, across] of [[1, CELLS], [CELLS, 1]] as const) {
      for (let line = 0; line < CELLS; line += 1) meansAlong(from, to, line * across, along, radius);
      [from, to] = [to, from];
    }
  }
  return from;
}

function meansAlong(from: Float32Array, to: Float32Array, start: number, step: number, radius: number): void {
  const at = (place: number) => (place < 0 || place >= CELLS ? 0 : (from[start + place * step] as number));
  let sum = 0;
  for (let place = -radius; place < radius; place += 1) sum += at(place);
  for (let place = 0; place < CELLS; place += 1) {
    sum += at(place + radius);
    to[start + place * step] = Math.max(0, sum) / (2 * radius + 1);
    sum -= at(place - radius);
  }
}

/** The densities above which the shares of `WITHIN` lie. */
export function levelsOf(density: Float32Array): number[] {
  const falling = Float32Array.from(density).sort().reverse();
  const whole = falling.reduce((sum, one) => sum + one, 0);
  const levels: number[] = [];
  let [sum, at] = [0, -1];
  for (const within of [...WITHIN].reverse()) {
    while (sum < within * whole && at < falling.length - 1) sum += falling[(at += 1)] as number;
    levels.unshift(falling[Math.max(0, at)] as number);
  }
  return levels;
}
