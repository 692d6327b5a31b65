/** What of a sound is in view: seconds across, and the tiles that show them. */

/** A stretch in seconds. */
export interface Stretch {
  from: number;
  to: number;
}

/** What the server told of a sound's spectrogram. */
export interface Grid {
  durationS: number;
  sampleRate: number;
  /** Of a transform, in samples: the first columns are an eighth of it apart. */
  nFft: number;
  tileColumns: number;
  mostLevel: number;
}

/** No closer than so many columns of the nearest level. */
const FEWEST_COLUMNS = 24;
const COLUMNS_OF_A_TRANSFORM = 8;

/** Seconds from one column to the next. */
export function columnS(grid: Grid, level: number): number {
  return ((grid.nFft / COLUMNS_OF_A_TRANSFORM) * 2 ** level) / grid.sampleRate;
}

export function shortest(grid: Grid): number {
  return Math.min(grid.durationS, FEWEST_COLUMNS * columnS(grid, 0));
}

/** The farthest level that still has a column for each pixel. */
export function levelOf(grid: Grid, view: Stretch, pixels: number): number {
  const columns = (view.to - view.from) / Math.max(1, pixels) / columnS(grid, 0);
  return Math.max(0, Math.min(grid.mostLevel, Math.floor(Math.log2(Math.max(columns, 1)))));
}

/** The tiles of a level that hold a stretch, first and last. */
export function tilesOf(grid: Grid, level: number, view: Stretch): [number, number] {
  const seconds = grid.tileColumns * columnS(grid, level);
  const last = Math.max(0, Math.ceil(grid.durationS / seconds) - 1);
  const within = (at: number) => Math.max(0, Math.min(last, at));
  return [within(Math.floor(view.from / seconds)), within(Math.ceil(view.to / seconds) - 1)];
}

/** Keeps a view within the sound, moved rather than cut where that is enough. */
export function clamped(grid: Grid, view: Stretch): Stretch {
  const length = Math.min(grid.durationS, Math.max(shortest(grid), view.to - view.from));
  const from = Math.max(0, Math.min(grid.durationS - length, view.from));
  return { from, to: from + length };
}

/** Closer by a factor above 1, farther below; the time that is pointed at stays where it is. */
export function zoomed(grid: Grid, view: Stretch, factor: number, about: number): Stretch {
  const length = Math.min(grid.durationS, Math.max(shortest(grid), (view.to - view.from) / factor));
  const share = (about - view.from) / (view.to - view.from);
  return clamped(grid, { from: about - share * length, to: about + (1 - share) * length });
}

export function panned(grid: Grid, view: Stretch, seconds: number): Stretch {
  return clamped(grid, { from: view.from + seconds, to: view.to + seconds });
}

/** A view that has a time in it: the same, or moved so that it is at a fifth. */
export function following(grid: Grid, view: Stretch, time: number): Stretch {
  if (time >= view.from && time <= view.to) return view;
  const length = view.to - view.from;
  return clamped(grid, { from: time - length / 5, to: time + (4 * length) / 5 });
}

/** A view around a stretch, with as much again at both sides. */
export function around(grid: Grid, stretch: Stretch): Stretch {
  const length = Math.max(stretch.to - stretch.from, shortest(grid) / 3);
  return clamped(grid, { from: stretch.from - length, to: stretch.to + length });
}

/** A stretch between two times in any order, within the sound; nothing if there is none. */
export function between(grid: Grid, one: number, other: number): Stretch | null {
  const [from, to] = [Math.max(0, Math.min(one, other)), Math.min(grid.durationS, Math.max(one, other))];
  return to - from > 0.001 ? { from: rounded(from), to: rounded(to) } : null;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
