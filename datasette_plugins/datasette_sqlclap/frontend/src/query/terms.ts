/** What a query is made of: the chips of the bar, the terms of the API, a part of the address. */

import { fileName, seconds } from "../page/show.ts";

export interface Span {
  start: number;
  end: number;
}

interface Weighed {
  /** How much it counts; below 0: away from it. */
  weight: number;
}

export type WordsTerm = Weighed & { kind: "words"; words: string };
export type SoundTerm = Weighed & { kind: "sound"; id: number; span: Span | null };
/** A file or a recording that was given to the page; `key` names its bytes in `GivenSounds`. */
export type GivenTerm = Weighed & { kind: "given"; key: string; name: string };
export type LabelTerm = Weighed & { kind: "label"; label: string };
export type Term = WordsTerm | SoundTerm | GivenTerm | LabelTerm;

export const MOST_TERMS = 32;
export const LONGEST_WORDS = 1000;
export const [LEAST_WEIGHT, MOST_WEIGHT] = [0.1, 3];

export function wordsTerm(words: string, weight = 1): WordsTerm {
  return { kind: "words", words: words.trim().slice(0, LONGEST_WORDS), weight };
}

export function soundTerm(id: number, weight = 1, span: Span | null = null): SoundTerm {
  return { kind: "sound", id, span, weight };
}

export function labelTerm(label: string, weight = 1): LabelTerm {
  return { kind: "label", label, weight };
}

/** Whether two terms are of the same thing, whatever they count. */
export function isSame(one: Term, other: Term): boolean {
  return JSON.stringify(written({ ...one, weight: 1 })) === JSON.stringify(written({ ...other, weight: 1 }));
}

/** Terms with one more: what is there already takes the new one's weight. */
export function withTerm(terms: readonly Term[], term: Term): Term[] {
  const others = terms.filter((one) => !isSame(one, term));
  return [...others, term].slice(-MOST_TERMS);
}

/** What the address has of a single plain term: the forms that links have always had. */
export function formatTerms(terms: readonly Term[], parts: URLSearchParams): void {
  const [first, ...others] = terms;
  if (!first) return;
  if (first.weight === 1 && !others.length && first.kind === "words") parts.set("q", first.words);
  else if (first.weight === 1 && !others.length && first.kind === "sound" && !first.span) parts.set("similar", String(first.id));
  else parts.set("query", JSON.stringify(terms.map(written)));
}

export function parseTerms(given: URLSearchParams): Term[] {
  const [query, words, similar] = [given.get("query"), (given.get("q") ?? "").trim(), given.get("similar") ?? ""];
  if (query !== null) return parseQuery(query);
  if (words) return [wordsTerm(words)];
  return isId(similar) ? [soundTerm(Number(similar))] : [];
}

function parseQuery(text: string): Term[] {
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) ? found.map(read).filter((one) => one !== null).slice(0, MOST_TERMS) : [];
  } catch {
    return [];
  }
}

function read(found: unknown): Term | null {
  if (typeof found !== "object" || found === null) return null;
  const { words, sound, label, given, name, weight = 1 } = found as Record<string, unknown>;
  if (typeof weight !== "number" || !Number.isFinite(weight) || weight === 0) return null;
  if (typeof words === "string" && words.trim()) return wordsTerm(words, weight);
  if (typeof label === "string" && label.trim()) return labelTerm(label, weight);
  if (typeof given === "string" && /^[\w-]{1,60}$/.test(given)) return { kind: "given", key: given, name: String(name ?? "a sound").slice(0, 200), weight };
  return typeof sound === "number" || typeof sound === "string" ? readSound(String(sound), weight) : null;
}

function readSound(text: string, weight: number): SoundTerm | null {
  const [id, span, ...rest] = text.split("@");
  if (!isId(id ?? "") || rest.length) return null;
  if (span === undefined) return soundTerm(Number(id), weight);
  const [start, end] = span.split("-").map(Number);
  const isSpan = start !== undefined && end !== undefined && start >= 0 && end > start && Number.isFinite(end);
  return isSpan ? soundTerm(Number(id), weight, { start, end }) : null;
}

function isId(text: string): boolean {
  return /^\d{1,15}$/.test(text) && Number(text) > 0;
}

type Written = Record<string, string | number | boolean>;

/** A term as the address has it; all but what was given to the page is as the API takes it. */
function written(term: Term): Written {
  const weight: Written = term.weight === 1 ? {} : { weight: term.weight };
  if (term.kind === "words") return { words: term.words, ...weight };
  if (term.kind === "label") return { label: term.label, ...weight };
  if (term.kind === "given") return { given: term.key, name: term.name, ...weight };
  const { id, span } = term;
  return { sound: span ? `${id}@${span.start}-${span.end}` : id, ...weight };
}

/** Terms as the API takes them; the sounds that were given follow in the body, of so many bytes each. */
export function asQuery(terms: readonly Term[], bytes: readonly number[]): string {
  const sizes = [...bytes];
  const told = terms.map((term): Written => {
    if (term.kind !== "given") return written(term);
    const size = sizes.shift() ?? 0;
    const weight: Written = term.weight === 1 ? {} : { weight: term.weight };
    return bytes.length === 1 ? { upload: true, ...weight } : { upload_bytes: size, ...weight };
  });
  return JSON.stringify(told);
}

/** What a term is called; sounds by their paths, where they are known. */
export function nameOf(term: Term, path: string): string {
  if (term.kind === "words") return `“${term.words}”`;
  if (term.kind === "label") return `label ${term.label}`;
  if (term.kind === "given") return term.name;
  const named = fileName(path) || `sound ${term.id}`;
  return term.span ? `${named}, ${seconds(term.span.start)} to ${seconds(term.span.end)}` : named;
}

/** The query as a heading says it: “kick” + like a.wav − “reverb”, or named “glass”. */
export function titleOf(terms: readonly Term[], names: readonly string[], named = ""): string {
  const or = named ? `, or named “${named}”` : "";
  const inOrder = [...terms.keys()].sort((a, b) => Number((terms[b] as Term).weight > 0) - Number((terms[a] as Term).weight > 0));
  const said = inOrder
    .map((at, place) => {
      const term = terms[at] as Term;
      const sign = term.weight < 0 ? "\u2212 " : place ? "+ " : "";
      const like = term.kind === "sound" || term.kind === "given" ? "like " : "";
      return `${sign}${term.weight < 0 ? "" : like}${names[at]}`;
    })
    .join(" ");
  return said + or;
}
