/** What is measured of a sound: the server tells which descriptors there are and how they read. */

import { el } from "../page/elements.ts";

export interface Measured {
  name: string;
  label: string;
  unit: string;
  about: string;
  low: number | null;
  high: number | null;
  decimals: number;
  is_filter: boolean;
}

/** From and to, both included; null where an end is open. */
export type Range = [number | null, number | null];
export type Ranges = Record<string, Range>;

/** Ranges as the address and the API have them: name:least:most, one after the other. */
export function formatRanges(ranges: Ranges): string {
  return Object.entries(ranges)
    .map(([name, ends]) => [name, ...ends.map((end) => end ?? "")].join(":"))
    .join(",");
}

export function parseRanges(text: string): Ranges {
  const ranges: Ranges = {};
  for (const part of text.split(",").slice(0, 20)) {
    const [name, least, most, ...rest] = part.split(":");
    const range: Range = [endOf(least), endOf(most)];
    if (name && /^[a-z0-9_]{1,130}$/.test(name) && !rest.length && isRange(range)) ranges[name] = range;
  }
  return ranges;
}

/** Whether a range narrows anything: open at both ends it doesn't. */
export function isRange(range: Range): boolean {
  return range[0] !== null || range[1] !== null;
}

export function lies(value: number, [least, most]: Range): boolean {
  return value >= (least ?? -Infinity) && value <= (most ?? Infinity); // NaN, not measured, lies nowhere
}

export function shown(column: Measured, value: number): string {
  const number = value.toFixed(column.decimals).replace("-", "\u2212");
  return column.unit ? `${number}\u00a0${column.unit}` : number;
}

/** The descriptors that a sound has, as a list of names and values. */
export function measureList(columns: Measured[], sample: object): HTMLElement {
  const values = sample as Record<string, unknown>;
  const list = el("dl", { class: "measures" });
  for (const column of columns) {
    const value = values[column.name];
    if (typeof value !== "number") continue;
    list.append(el("dt", { title: column.about }, column.label), el("dd", {}, shown(column, value)));
  }
  return list;
}

/** The two fields of a descriptor that sounds can be filtered by; the length's have names of their own. */
export function rangeField(column: Measured, isLength: boolean): HTMLElement {
  const field = (end: "min" | "max", what: string) =>
    el("input", { type: "number", step: "any", inputMode: "decimal", name: isLength ? end : `${end}:${column.name}`, "aria-label": `${column.label}, ${what}`, placeholder: what });
  const unit = column.unit ? el("small", {}, ` ${column.unit}`) : null;
  return el(
    "div",
    { class: "range", title: column.about, dataset: { column: column.name } },
    el("span", { class: "range-name" }, column.label, unit),
    field("min", "from"),
    field("max", "to"),
  );
}

function endOf(text: string | undefined): number | null {
  const value = text === undefined || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
