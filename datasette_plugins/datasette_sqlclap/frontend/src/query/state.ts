/** What the page shows, as its address holds it: links lead back to the same view. */

import { parseShelf } from "../curate/shelf.ts";
import { formatRanges, parseRanges, type Ranges } from "./measures.ts";
import { formatTerms, parseTerms, type Term } from "./terms.ts";

/** What points are coloured by; beside it, whatever is measured. */
export type Colour = "cluster" | "label" | "similarity" | "folder" | "length" | `measured:${string}`;
export const COLOURS: readonly Colour[] = ["cluster", "label", "similarity", "folder", "length"];

/** Filters whose values are texts, by the API's names. */
export const SAID = ["folder", "label", "text", "key", "category", "site", "min_tempo", "max_tempo", "recorded_after", "recorded_before", "hours", "favourite", "min_rating"] as const;
export type SaidName = (typeof SAID)[number];
export type Said = Partial<Record<SaidName, string>>;

export interface State {
  terms: Term[];
  /** Words that mean something measured count as that. */
  measures: boolean;
  /** Where in their recordings matches are is listed, instead of whole sounds. */
  moments: boolean;
  /** Words that suffice in a name, folders or metadata, whatever the sound is like. */
  named: string;
  /** In what sounds are to be alike, beside timbre: pitch:2,length. */
  aspect: string;
  /** At which other pitches a sound is looked for, in semitones: -12,12. */
  transpose: string;
  /** Of the library's models, the one that compares sounds; none: the library's own. */
  model: string;
  sample: number | null;
  /** What is listed without a question: "all", the number of a cluster, or a shelf of what is kept. */
  browse: string;
  colour: Colour;
  /** Whether lines show where sounds lie dense. */
  density: boolean;
  said: Said;
  min: number | null;
  max: number | null;
  ranges: Ranges;
  view: [number, number, number] | null;
}

export const START: State = {
  terms: [],
  measures: false,
  moments: false,
  named: "",
  aspect: "",
  transpose: "",
  model: "",
  sample: null,
  browse: "",
  colour: "cluster",
  density: false,
  said: {},
  min: null,
  max: null,
  ranges: {},
  view: null,
};

/** The descriptor that has two fields of its own, `min` and `max`, in links and in the API. */
export const LENGTH = "duration_s";

/** All ranges, that of the length among them. */
export function rangesOf({ min, max, ranges }: Pick<State, "min" | "max" | "ranges">): Ranges {
  return min === null && max === null ? ranges : { ...ranges, [LENGTH]: [min, max] };
}

export function parse(hash: string): State {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const colour = given.get("colour") as Colour;
  return {
    terms: parseTerms(given),
    measures: given.get("measures") === "true",
    moments: given.get("moments") === "true",
    named: (given.get("or_text") ?? "").trim().slice(0, 1000),
    aspect: aspectOf(given.get("aspect") ?? ""),
    transpose: pitchesOf(given.get("transpose") ?? ""),
    model: (given.get("model") ?? "").slice(0, 200),
    sample: wholeOrNull(given.get("sample")),
    browse: listOrNone(given.get("list") ?? ""),
    colour: COLOURS.includes(colour) || /^measured:[a-z0-9_]{1,130}$/.test(colour) ? colour : START.colour,
    density: given.get("layer") === "density",
    said: saidIn(given),
    min: numberOrNull(given.get("min")),
    max: numberOrNull(given.get("max")),
    ranges: parseRanges(given.get("measured") ?? ""),
    view: viewOrNull(given.get("view")),
  };
}

export function format(state: State): string {
  const parts = new URLSearchParams();
  formatTerms(state.terms, parts);
  if (state.measures) parts.set("measures", "true");
  if (state.moments) parts.set("moments", "true");
  if (state.named) parts.set("or_text", state.named);
  if (state.aspect) parts.set("aspect", state.aspect);
  if (state.transpose) parts.set("transpose", state.transpose);
  if (state.model) parts.set("model", state.model);
  if (state.sample !== null) parts.set("sample", String(state.sample));
  if (state.browse) parts.set("list", state.browse);
  if (state.colour !== START.colour) parts.set("colour", state.colour);
  if (state.density) parts.set("layer", "density");
  for (const name of SAID) if (state.said[name]) parts.set(name, state.said[name]);
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

function saidIn(given: URLSearchParams): Said {
  const former = given.get("tag"); // in links of the version before
  const said: Said = former ? { label: former } : {};
  for (const name of SAID) {
    const value = given.get(name);
    if (value) said[name] = value.slice(0, 1000);
  }
  return said;
}

function aspectOf(text: string): string {
  return /^[a-z]+(:[\d.]+)?(,[a-z]+(:[\d.]+)?)*$/.test(text) ? text : "";
}

function pitchesOf(text: string): string {
  return /^-?\d{1,2}(\.\d{1,3})?(,-?\d{1,2}(\.\d{1,3})?)*$/.test(text) ? text : "";
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
  return format({ ...state, sample: null, density: false, view: null });
}
