/** What is said of stretches of a sound, as marks over its picture and as a list. */

import type { Reads } from "../api/answers.ts";
import type { Stretch } from "./view.ts";

export type EventsAnswer = Reads["sample/ID/events"];
export type MarkKind = "found" | "match" | "tag" | "example" | "vote";

export interface Mark extends Stretch {
  kind: MarkKind;
  /** What is said: the label, or the words that were searched. */
  name: string;
  /** How: "score 0.62, medium", "not an example", "accepted". */
  about: string;
}

const VERDICTS = { accept: "accepted", reject: "rejected", unsure: "unsure" };

/** All marks in order of time; what is said of the whole sound is none. */
export function marksOf(answer: EventsAnswer, words: string, label: string): Mark[] {
  const marks: Mark[] = [
    ...answer.found.map((one): Mark => ({ kind: "found", name: words, about: `score ${one.score.toFixed(2)}`, from: one.start_s, to: one.end_s })),
    ...answer.matches.map((one): Mark => ({ kind: "match", name: label, about: `score ${one.score.toFixed(2)}, ${one.confidence}`, from: one.start_s, to: one.end_s })),
    ...spans(answer.tags, (one) => ({ kind: "tag", name: one.label, about: one.confidence === "hand" ? "tagged by hand" : `tagged, ${one.confidence}` })),
    ...spans(answer.anchor_of, (one) => ({ kind: "example", name: one.label, about: one.polarity === "positive" ? "example" : "not an example" })),
    ...spans(answer.votes, (one) => ({ kind: "vote", name: one.label, about: VERDICTS[one.verdict] })),
  ];
  return marks.sort((one, other) => one.from - other.from || one.to - other.to);
}

function spans<One extends { start_s?: number | null; end_s?: number | null }>(
  all: One[],
  told: (one: One) => Pick<Mark, "kind" | "name" | "about">,
): Mark[] {
  return all.flatMap((one) => (typeof one.start_s === "number" && typeof one.end_s === "number" ? [{ ...told(one), from: one.start_s, to: one.end_s }] : []));
}

/** The marks in view, at most so many, each in the first lane in which it has room. */
export function laid(marks: Mark[], view: Stretch, most: number, apart: number): { mark: Mark; lane: number }[] {
  const ends: number[] = [];
  const shown: { mark: Mark; lane: number }[] = [];
  for (const mark of marks) {
    if (mark.to <= view.from || mark.from >= view.to) continue;
    if (shown.length >= most) break;
    const begin = Math.max(mark.from, view.from);
    const free = ends.findIndex((end) => end <= begin);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = Math.max(Math.min(mark.to, view.to), begin + apart);
    shown.push({ mark, lane });
  }
  return shown;
}

/** The next mark after a time, or the last before it. */
export function stepFrom(marks: Mark[], time: number, forward: boolean): Mark | null {
  if (forward) return marks.find((one) => one.from > time + 0.001) ?? null;
  return marks.filter((one) => one.from < time - 0.001).at(-1) ?? null;
}
