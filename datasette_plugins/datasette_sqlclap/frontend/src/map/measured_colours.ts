/** Colours by what is measured of sounds: in steps between the lowest and highest usual values. */

import { RAMP, type Theme } from "../page/colours.ts";
import { isPositive } from "../query/point_filter.ts";
import { shown, type Measured, type Range } from "../query/measures.ts";
import { LENGTH } from "../query/state.ts";
import { pointSize, type StyledPoints } from "./colormap.ts";

/** Beyond these shares of the values, the outermost colours go on. */
const USUAL = 0.02;

/** Where one colour ends and the next begins: ascending, each another, one fewer than the colours at most. */
export function edgesOf(column: Measured, values: ArrayLike<number>): number[] {
  const sorted = Float32Array.from(values).filter(Number.isFinite).sort();
  if (!sorted.length) return [];
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
  const isLog = isPositive(column);
  const smallest = 10 ** -column.decimals;
  const scaled = (value: number) => (isLog ? Math.log(Math.max(value, smallest)) : value);
  const [low, high] = [scaled(at(USUAL)), scaled(at(1 - USUAL))];
  const edges = Array.from({ length: RAMP.length - 1 }, (_, place) => {
    const value = low + ((place + 1) / RAMP.length) * (high - low);
    return Number((isLog ? Math.exp(value) : value).toFixed(column.decimals));
  });
  return [...new Set(edges)].filter((edge) => edge > (sorted[0] as number) && edge <= (sorted[sorted.length - 1] as number));
}

/** Colours each point by its value; those without one have the colour of none. */
export function colourByMeasure(column: Measured, values: ArrayLike<number>, theme: Theme): StyledPoints {
  const edges = edgesOf(column, values);
  const ramp = spread(edges.length + 1);
  const categories = new Uint8Array(values.length);
  let unmeasured = false;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] as number;
    if (Number.isFinite(value)) categories[at] = 1 + placeAmong(edges, value);
    else unmeasured = true;
  }
  const colours = [theme.none, ...ramp];
  const size = pointSize(values.length);
  const hasFilter = column.is_filter || column.name === LENGTH;
  const measured = edges.length > 0 || [...categories.subarray(0, 10_000)].some((one) => one > 0);
  const legend: StyledPoints["legend"] = measured
    ? ramp.map((colour, place) => {
        const range: Range = [edges[place - 1] ?? null, edges[place] ?? null];
        return !edges.length ? { colour, text: column.label } : { colour, text: said(column, range), ...(hasFilter ? { only: { measured: column.name, range } } : {}) };
      })
    : [];
  if (unmeasured) legend.push({ colour: theme.none, text: measured ? "not measured" : "not measured of any sound here" });
  return { style: { categories, colours, sizes: colours.map(() => size), opacities: "density" }, legend: legend.reverse() };
}

function placeAmong(edges: number[], value: number): number {
  let place = 0;
  while (place < edges.length && value >= (edges[place] as number)) place += 1;
  return place;
}

/** So many colours of the ramp, from one end to the other. */
function spread(count: number): string[] {
  if (count >= RAMP.length) return RAMP;
  return Array.from({ length: count }, (_, at) => RAMP[count === 1 ? RAMP.length >> 1 : Math.round((at / (count - 1)) * (RAMP.length - 1))] as string);
}

function said(column: Measured, [least, most]: Range): string {
  const value = (end: number) => shown({ ...column, unit: "" }, end);
  const unit = column.unit ? ` ${column.unit}` : "";
  if (least === null) return `below ${value(most as number)}${unit}`;
  return most === null ? `${value(least)}${unit} and above` : `${value(least)} to ${value(most)}${unit}`;
}
