/** Colormaps: the category of each point, and the colour, size and opacity of each category. */

import { categoryColour, HEAT, HEAT_ON_LIGHT, step, type Theme } from "../page/colours.ts";
import type { PointStyle } from "./gl_map.ts";
import type { LegendItem } from "./legend.ts";

export interface StyledPoints {
  style: PointStyle;
  legend: LegendItem[];
}

const NAMED_IN_LEGEND = 12;
const MAX_POINT_SIZE = 14;

export function pointSize(count: number): number {
  if (count < 2_000) return 7;
  if (count < 20_000) return 4;
  return count < 200_000 ? 2.5 : 1.5;
}

/** Colours by group; -1 stands for none. */
export function colourByGroup(groups: ArrayLike<number>, names: string[], theme: Theme): StyledPoints {
  const categories = new Uint16Array(groups.length);
  let most = 0;
  for (let at = 0; at < groups.length; at += 1) {
    categories[at] = (groups[at] as number) + 1;
    most = Math.max(most, categories[at] as number);
  }
  const colours = [theme.none, ...Array.from({ length: most }, (_, place) => categoryColour(place))];
  const size = pointSize(groups.length);
  const legend = names.slice(0, NAMED_IN_LEGEND).map((text, place) => ({ colour: categoryColour(place), text }));
  if (names.length > NAMED_IN_LEGEND) legend.push({ colour: theme.none, text: `and ${names.length - NAMED_IN_LEGEND} more` });
  const style: PointStyle = { categories, colours, sizes: colours.map(() => size), opacities: "density" };
  return { style, legend: legend.filter((item) => item.text) };
}

/** Highlights some points by score; all others fade. */
export function highlight(total: number, scores: Map<number, number>, theme: Theme, dark: boolean): StyledPoints {
  const ramp = dark ? HEAT : HEAT_ON_LIGHT;
  const values = [...scores.values()];
  const high = values.reduce((one, other) => Math.max(one, other), -1);
  const low = values.reduce((one, other) => Math.min(one, other), 1);
  const categories = new Uint8Array(total);
  for (const [at, score] of scores) categories[at] = 1 + step(score, low, high, ramp.length);
  const size = pointSize(total);
  const sizes = [size, ...ramp.map((_, place) => Math.min(MAX_POINT_SIZE, size * (1.3 + (1.2 * (place + 1)) / ramp.length)))];
  const opacities = [0.55, ...ramp.map(() => 0.95)];
  const best = { colour: ramp[ramp.length - 1] as string, text: high > low ? high.toFixed(2) : "in the list" };
  const legend = scores.size
    ? [best, ...(high > low ? [{ colour: ramp[0] as string, text: low.toFixed(2) }] : []), { colour: theme.faint, text: "others" }]
    : [{ colour: theme.faint, text: "search, or ask for sounds like one" }];
  return { style: { categories, colours: [theme.faint, ...ramp], sizes, opacities }, legend };
}
