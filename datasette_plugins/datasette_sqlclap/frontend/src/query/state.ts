/** What the page shows, as its address holds it: links lead back to the same view. */

import { parseShelf } from "../curate/shelf.ts";
import { formatRanges, parseRanges, type Ranges } from "./measures.ts";

export const COLOURS = ["cluster", "label", "similarity", "folder", "length"] as const;
export type Colour = (typeof COLOURS)[number];

export interface State {
  words: string;
  sample: number | null;
  similar: number | null;
  /** What is listed without a question: "all", the number of a cluster, or a shelf of what is kept. */
  browse: string;
  colour: Colour;
  folder: string;
  label: string;
  /** Words in names, folders and metadata. */
  text: string;
  min: number | null;
  max: number | null;
  ranges: Ranges;
  view: [number, number, number] | null;
}

export const START: State = {
  words: "",
  sample: null,
  similar: null,
  browse: "",
  colour: "cluster",
  folder: "",
  label: "",
  text: "",
  min: null,
  max: null,
  ranges: {},
  view: null,
};

export function parse(hash: string): State {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const colour = given.get("colour") as Colour;
  return {
    words: (given.get("q") ?? "").slice(0, 1000),
    sample: wholeOrNull(given.get("sample")),
    similar: wholeOrNull(given.get("similar")),
    browse: listOrNone(given.get("list") ?? ""),
    colour: COLOURS.includes(colour) ? colour : START.colour,
    folder: given.get("folder") ?? "",
    label: given.get("label") ?? given.get("tag") ?? "", // tag: in links of the version before
    text: (given.get("text") ?? "").slice(0, 1000),
    min: numberOrNull(given.get("min")),
    max: numberOrNull(given.get("max")),
    ranges: parseRanges(given.get("measured") ?? ""),
    view: viewOrNull(given.get("view")),
  };
}

export function format(state: State): string {
  const parts = new URLSearchParams();
  if (state.words) parts.set("q", state.words);
  if (state.sample !== null) parts.set("sample", String(state.sample));
  if (state.similar !== null) parts.set("similar", String(state.similar));
  if (state.browse) parts.set("list", state.browse);
  if (state.colour !== START.colour) parts.set("colour", state.colour);
  if (state.folder) parts.set("folder", state.folder);
  if (state.label) parts.set("label", state.label);
  if (state.text) parts.set("text", state.text);
  if (state.min !== null) parts.set("min", String(state.min));
  if (state.max !== null) parts.set("max", String(state.max));
  if (Object.keys(state.ranges).length) parts.set("measured", formatRanges(state.ranges));
  if (state.view) parts.set("view", state.view.map((value) => value.toFixed(4)).join(","));
  const text = parts.toString();
  return text ? `#${text}` : "";
}

function listOrNone(text: string): string {
  return /^(all|\d{1,6})$/.test(text) || parseShelf(text) ? text : "";
}

function wholeOrNull(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) && Number(text) > 0 ? Number(text) : null;
}

function numberOrNull(text: string | null): number | null {
  const value = text === null || text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : null;
}

function viewOrNull(text: string | null): [number, number, number] | null {
  const parts = (text ?? "").split(",").map(Number);
  if (parts.length !== 3 || !parts.every(Number.isFinite) || !((parts[2] as number) > 0)) return null;
  return parts as [number, number, number];
}

/** What of an address decides the list and the colours. */
export function asks(state: State): string {
  return format({ ...state, sample: null, view: null });
}
