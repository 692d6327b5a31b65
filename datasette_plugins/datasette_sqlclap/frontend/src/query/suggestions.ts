/** What the search field offers while it is typed into. */

import type { SaidName } from "./state.ts";

/** A word that means something measured, and what it means. */
export interface MeasureWord {
  word: string;
  means: string;
}

/** What a library has that can be typed. */
export interface Known {
  recent: readonly string[];
  measures: readonly MeasureWord[];
  /** Labels; those with examples can be terms, those with anything can be filters. */
  labels: readonly { name: string; anchors: number; tagged: number }[];
  values: readonly { field: SaidName; value: string; sounds: number }[];
}

export type Suggestion = { text: string; hint: string; group: string } & (
  | { does: "search"; words: string }
  | { does: "complete"; words: string }
  | { does: "term"; label: string; rest: string }
  | { does: "filter"; field: SaidName; value: string; rest: string }
);

const MOST_OF_A_GROUP = 5;
const MOST = 14;
/** How the groups of filters are called, in the order in which they stand. */
const FIELDS: Partial<Record<SaidName, string>> = { folder: "Only in a folder", category: "Only of a category", key: "Only in a key", site: "Only of a site" };

/** What fits a text: what was asked before by its beginning, all else by any of its words' beginning. */
export function suggest(text: string, known: Known): Suggestion[] {
  const typed = text.replace(/^\s+/, "");
  const { last, rest } = split(typed);
  const groups = [recentOf(typed, known), last ? measuresOf(typed, last, known) : [], ...(last ? [termsOf(last, rest, known), ...filtersOf(last, rest, known)] : [])];
  return groups.flatMap((group) => group.slice(0, MOST_OF_A_GROUP)).slice(0, MOST);
}

/** The word that is being typed, without a sign before it, and what stands before it. */
function split(typed: string): { last: string; rest: string } {
  const at = typed.search(/\S+$/);
  if (at < 0) return { last: "", rest: typed.trim() };
  return { last: typed.slice(at).replace(/^[-+\u2212"]/, "").toLowerCase(), rest: typed.slice(0, at).trim() };
}

function recentOf(typed: string, { recent }: Known): Suggestion[] {
  const wanted = typed.toLowerCase();
  const found = recent.filter((words) => words.toLowerCase().startsWith(wanted) && words !== typed.trim());
  return found.map((words) => ({ group: "Asked before", text: words, hint: "", does: "search", words }));
}

function measuresOf(typed: string, last: string, { measures }: Known): Suggestion[] {
  const found = measures.filter(({ word }) => word.startsWith(last) && word !== last);
  return found.map(({ word, means }) => ({ group: "Words that are measured", text: word, hint: means, does: "complete", words: `${typed.replace(/[^\s"+\u2212-]*$/, "")}${word} ` }));
}

function termsOf(last: string, rest: string, { labels }: Known): Suggestion[] {
  const found = labels.filter(({ name, anchors }) => anchors > 0 && begins(name, last));
  return found.map(({ name, anchors }) => ({ group: "Like a label's examples", text: name, hint: `${anchors} example${anchors === 1 ? "" : "s"}`, does: "term", label: name, rest }));
}

function filtersOf(last: string, rest: string, { labels, values }: Known): Suggestion[][] {
  const labelled = labels
    .filter(({ name, tagged }) => tagged > 0 && begins(name, last))
    .map(({ name, tagged }): Suggestion => ({ group: "Only with a label", text: name, hint: sounds(tagged), does: "filter", field: "label", value: name, rest }));
  const others = Object.entries(FIELDS).map(([field, group]) =>
    values.filter((one) => one.field === field && begins(one.value, last)).map(({ value, sounds: n }): Suggestion => ({ group, text: value, hint: sounds(n), does: "filter", field: field as SaidName, value, rest })),
  );
  return [labelled, ...others];
}

/** Whether a word of a name begins so. */
function begins(name: string, typed: string): boolean {
  const lower = name.toLowerCase();
  return lower.startsWith(typed) || lower.split(/[^\p{L}\p{N}#]+/u).some((word) => word.startsWith(typed));
}

function sounds(n: number): string {
  return `${n.toLocaleString("en")} sound${n === 1 ? "" : "s"}`;
}

/** What was asked before with one question more, the last first. */
export function withRecent(recent: readonly string[], words: string, most = 20): string[] {
  const asked = words.trim();
  return asked ? [asked, ...recent.filter((one) => one !== asked)].slice(0, most) : [...recent];
}
