/** A label's examples and its matches, apart from the page: what is what, what changed, what is lit. */

import type { Anchor, LabelMatch, MatchesAnswer } from "../api/answers.ts";
import { count } from "../page/show.ts";

export type Polarity = Anchor["polarity"];

/** What becomes an example: the selected sounds, else the one in hand. */
export interface Subject {
  ids: number[];
  text: string;
}

export function subjectOf(selected: ReadonlySet<number>, held: number | null): Subject | null {
  if (selected.size) return { ids: [...selected], text: `${selected.size.toLocaleString("en")} selected` };
  return held === null ? null : { ids: [held], text: "the sound in hand" };
}

/** The body that takes an anchor away. */
export function bodyOf(label: string, anchor: Anchor): { label: string; sample_ids: number[]; start_s?: number; end_s?: number } {
  const span = anchor.start_s !== null && anchor.end_s !== null ? { start_s: anchor.start_s, end_s: anchor.end_s } : {};
  return { label, sample_ids: [anchor.sample_id], ...span };
}

export type Matches = MatchesAnswer["matches"];

/** A sound on the map, and how bright it is. */
export type Lit = Pick<LabelMatch, "sample_id" | "score">;

/** What the map lights: the label's own examples, and what it finds with some confidence. */
export function litBy(anchors: readonly Anchor[], matches: Matches): Lit[] {
  const own = anchors.filter((one) => one.polarity === "positive").map(({ sample_id }) => ({ sample_id, score: 1 }));
  return [...matches.filter((one) => one.confidence !== "low"), ...own];
}

/** How many there are of each confidence, in words; `most` is how many were asked for, `what` one of them. */
export function tell(matches: Matches, most: number, what = "match", isLit = true): string {
  const of = (confidence: LabelMatch["confidence"]) => matches.filter((one) => one.confidence === confidence).length;
  const [high, medium] = [of("high"), of("medium")];
  const more = high + medium >= most ? " or more" : "";
  if (!high && !medium) return `No ${what} is above the threshold yet; below is what comes nearest.`;
  return `${count(high + medium, what).replace("matchs", "matches")}${more}: ${high} sure (high), ${medium} likely (medium). ${isLit ? "The map lights them; below" : "Below"} them, what comes near.`;
}
