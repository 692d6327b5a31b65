/** The points in a view by their colours, as a drawing takes them: the look of WebGL, told in circles. */

import type { PointStyle } from "./gl_map.ts";
import type { Points } from "./picture.ts";

/** What regl-scatterplot fills of a view where it sets the opacity by density. */
const FILL = 0.15;

export interface Window {
  width: number;
  height: number;
  /** How far the view is: 1 shows the plane from its bottom to its top. */
  distance: number;
  ratio: number;
  toScreen(at: number): [number, number];
}

/** The points `among` that lie in a window; null if they are more than `most`. */
export function groupsOf(style: PointStyle, among: Iterable<number>, window: Window, most: number): Points | null {
  const { categories, colours, sizes, opacities } = style;
  const places: [number, number][][] = colours.map(() => []);
  let inView = 0;
  for (const at of among) {
    const [x, y] = window.toScreen(at);
    if (x < 0 || y < 0 || x > window.width || y > window.height) continue;
    if ((inView += 1) > most) return null;
    places[categories[at] as number]?.push([x, y]);
  }
  const scale = scaleAt(window.distance);
  const density = opacities === "density" ? densityOf(window, inView, (sizes[0] as number) * scale) : 1;
  const groups = colours.map((colour, group) => ({
    colour,
    opacity: opacities === "density" ? density : (opacities[group] as number),
    size: (sizes[group] as number) * scale,
    places: places[group] as [number, number][],
  }));
  return { groups };
}

/** Points grow slowly as they come nearer. */
function scaleAt(distance: number): number {
  const near = 1 / distance;
  return near > 1 ? Math.asinh(near) / Math.asinh(1) : near;
}

function densityOf({ width, height, distance, ratio }: Window, inView: number, size: number): number {
  const pixels = size * ratio;
  const share = ((FILL * width * height * ratio ** 2) / (Math.max(1, inView) * pixels ** 2)) * Math.min(1, 1 / distance ** 2);
  return Math.min(1, (share / (0.25 * Math.PI)) * (pixels / (Math.max(1, pixels) + 0.5)) ** 2);
}
