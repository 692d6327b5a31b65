/** The lines around where sounds lie dense: a script of its own, loaded when they are switched on. */

import { contours } from "d3-contour";
import { CELLS, levelsOf, valueOf, WITHIN, type Line } from "./map/density.ts";

/** The lines around where sounds lie dense; none where there is no sound. */
export function linesOf(density: Float32Array): Line[] {
  const levels = levelsOf(density);
  if (!levels.every((level) => level > 0)) return [];
  const grid = density as unknown as number[];
  const place = ([across, up]: number[]): [number, number] => [valueOf(across as number), valueOf(up as number)];
  return WITHIN.map((within, at) => ({
    within,
    rings: contours().size([CELLS, CELLS]).contour(grid, levels[at] as number).coordinates.flat().map((ring) => ring.map(place)),
  }));
}
