/** The review queue, apart from the page: where one is, what was said, what can be undone. */

import type { ReviewItem } from "../api/answers.ts";
import type { Written } from "../api/api.ts";

export type Verdict = "accept" | "reject" | "unsure";

/** What is asked about: a sound, or a stretch of one. */
export type Item = ReviewItem;

/** An item that is a stretch of its sound. */
export interface Moment extends Item {
  start_s: number;
  end_s: number;
}

export function isMoment(item: Item): item is Moment {
  return typeof item.start_s === "number" && typeof item.end_s === "number";
}

export interface Said {
  at: number;
  verdict: Verdict;
  /** What undoes it; null while it is on its way, or where it could not be stored. */
  change: Written | null;
}

export class Queue {
  at = 0;
  readonly said: Said[] = [];

  constructor(readonly items: Item[]) {}

  get current(): Item | null {
    return this.items[this.at] ?? null;
  }

  /** What comes next, for fetching ahead. */
  next(count: number): Item[] {
    return this.items.slice(this.at + 1, this.at + 1 + count);
  }

  say(verdict: Verdict): Said | null {
    if (!this.current) return null;
    const said: Said = { at: this.at, verdict, change: null };
    this.said.push(said);
    this.at += 1;
    return said;
  }

  /** Goes back to the last one that was said something about. */
  undo(): Said | null {
    const last = this.said.pop();
    if (!last) return null;
    this.at = last.at;
    return last;
  }

  count(verdict: Verdict): number {
    return this.said.filter((one) => one.verdict === verdict).length;
  }
}
