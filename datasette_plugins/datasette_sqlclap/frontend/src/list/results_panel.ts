/** What was found: its heading, what is to be said of it, and the list. */

import type { ComposedSearch, SampleSearch, Understood, UploadSearch, WordSearch } from "../api/answers.ts";
import { byId, el } from "../page/elements.ts";
import { missingText } from "../page/missing.ts";
import { count } from "../page/show.ts";
import type { Sort } from "./columns.ts";
import { IdListing, RowListing, sortText, type Listing } from "./listings.ts";
import { RowPages, type RowSource } from "./row_source.ts";
import { SoundList, type ListContext, type SoundListHandlers } from "./sound_list.ts";
import type { ListedMatch } from "./sound_row.ts";

export type Answer = WordSearch | SampleSearch | UploadSearch | ComposedSearch;

/** A part of an answer: from a place on; in another order, those that score so much. */
export interface Part {
  offset: number;
  n: number;
  sort?: string;
  min_score?: number;
}
export type Ask = (part: Part) => Promise<Answer>;

/** A query that can be asked, page after page, and remarks on it for whoever asks. */
export interface Question {
  ask: Ask;
  notes: string[];
}

const PAGE = 200;
/** How far strong matches are counted, and lit on the map. */
const COUNTED = 1000;
/** Scores are told with six decimals: what was rounded up is let in. */
const ROUNDED = 1e-6;

type Found = Answer["matches"][number];

/** Ids, or a promise of them. */
export type Sounds = ArrayLike<number> | Promise<ArrayLike<number>>;

/** Of a question: remarks on it, and whether moments are asked for. */
interface Asked {
  remarks: string[];
  moments: boolean;
}

/** An answer, in its own order, or its strong matches in another. */
class AnswerListing implements Listing {
  constructor(
    private readonly ask: Ask,
    private readonly pages: RowPages<Found>,
    private readonly strong: Found[],
    private readonly sorted: Listing | null,
  ) {}

  get count(): number {
    return this.strong.length || this.pages.length;
  }

  async rows(sort: Sort | null): Promise<RowSource<ListedMatch>> {
    if (!sort) return this.pages;
    if (this.sorted) return this.sorted.rows(sort);
    const last = this.strong.at(-1);
    const order = { sort: sortText(sort), ...(last ? { min_score: last.score - ROUNDED } : {}) };
    return new RowPages<Found>(async (offset, n) => (await this.ask({ offset, n, ...order })).matches, PAGE, last ? this.strong.length : null);
  }
}

export interface ResultsHandlers extends SoundListHandlers {
  counted(found: number): void;
  clear(): void;
  welcome(): (Node | string)[];
  /** Where in their recordings matches are is to be listed, or sounds are again. */
  asMoments(moments: boolean): void;
}

export class ResultsPanel {
  /** The strong matches: those that the heading counts, and the map lights. */
  strong: Found[] = [];
  /** What words were taken to mean. */
  understood: Understood[] = [];
  private pages: RowPages<Found> | null = null;
  private readonly list: SoundList;
  private asked = 0;

  constructor(
    private readonly context: ListContext,
    private readonly handlers: ResultsHandlers,
  ) {
    this.list = new SoundList(byId("found"), "Results", context, handlers);
  }

  /**
   * Asks, then shows the answer; false where another question was asked meanwhile.
   * @param moments are asked for, not sounds
   */
  async show(title: string | Promise<string>, question: Promise<Question>, moments: boolean): Promise<boolean> {
    const turn = (this.asked += 1);
    try {
      const { ask, notes } = await question;
      return turn === this.asked && (await this.answer(turn, title, ask, { remarks: notes, moments }));
    } catch (error) {
      if (turn !== this.asked) return false;
      throw error;
    }
  }

  private async answer(turn: number, title: string | Promise<string>, ask: Ask, asked: Asked): Promise<boolean> {
    const first = ask({ offset: 0, n: PAGE });
    const pages = new RowPages<Found>(async (offset, n) => (await (offset ? ask({ offset, n }) : first)).matches, PAGE);
    const [answer, named] = await Promise.all([first, title]);
    const strong = await strongOf(pages);
    if (turn !== this.asked) return false;
    [this.strong, this.pages, this.understood] = [strong, pages, answer.understood];
    this.handlers.counted(strong.length);
    // Moments, and sounds at several pitches, come best first alone, and words in names are joined with likeness by the server: what is strong is sorted here.
    const [best] = answer.matches;
    const here = asked.moments || best?.found_by || best?.transposed != null;
    const sorted = here ? new RowListing(this.context.api, strong.length ? strong : answer.matches) : null;
    await this.open(this.head(answer, named, asked), new AnswerListing(ask, pages, strong, sorted));
    return turn === this.asked;
  }

  /** Shows sounds that nothing was asked for: those of a cluster, say; null where something else is to be shown by now. */
  async showSounds(what: string, wanted: Sounds, tools: HTMLElement[] = []): Promise<ArrayLike<number> | null> {
    const turn = (this.asked += 1);
    try {
      const ids = await wanted;
      if (turn === this.asked) await this.listSounds(what, ids, tools);
      return turn === this.asked ? ids : null;
    } catch (error) {
      if (turn !== this.asked) return null;
      throw error;
    }
  }

  private async listSounds(what: string, ids: ArrayLike<number>, tools: HTMLElement[]): Promise<void> {
    [this.strong, this.pages] = [[], null];
    this.handlers.counted(ids.length);
    const row = el("p", { class: "row", hidden: !tools.length }, ...tools);
    await this.open([this.heading(`${count(ids.length, "sound")}${what}`), row], new IdListing(this.context.api, ids));
  }

  /** Shows more of the same sounds; the list stays as it was sorted and scrolled. */
  async grow(what: string, ids: ArrayLike<number>): Promise<void> {
    const heading = byId("results").querySelector("h2");
    if (heading) heading.textContent = `${count(ids.length, "sound")}${what}`;
    this.handlers.counted(ids.length);
    await this.list.show(new IdListing(this.context.api, ids), false);
  }

  private async open(head: HTMLElement[], listing: Listing): Promise<void> {
    byId("results").replaceChildren(...head, byId("found"));
    byId("found").hidden = false;
    await this.list.show(listing);
  }

  /** The first matches, weak ones too: what similarity colours. */
  async first(): Promise<Found[]> {
    const pages = this.pages;
    await pages?.need(0, COUNTED);
    const found: Found[] = [];
    for (let match = pages?.at(0); match && found.length < COUNTED; match = pages?.at(found.length)) found.push(match);
    return found;
  }

  /** Nothing is asked for: what there is. */
  clear(): void {
    this.asked += 1;
    [this.strong, this.pages] = [[], null];
    byId("found").hidden = true;
    byId("results").replaceChildren(...this.handlers.welcome(), byId("found"));
  }

  /** The question can't be asked: why. */
  refuse(why: string): void {
    this.asked += 1;
    [this.strong, this.pages, this.understood] = [[], null, []];
    byId("found").hidden = true;
    byId("results").replaceChildren(el("p", { class: "note" }, why), byId("found"));
  }

  get isEmpty(): boolean {
    return byId("found").hidden;
  }

  mark(id: number | null): void {
    if (!this.isEmpty) this.list.mark(id);
  }

  step(by: number): void {
    if (!this.isEmpty) void this.list.step(by);
  }

  redraw(): void {
    if (!this.isEmpty) this.list.redraw();
  }

  private head(answer: Answer, named: string, { remarks: asked, moments }: Asked): HTMLElement[] {
    const what = moments ? "moment" : "sound";
    const choice = el("input", { type: "checkbox", checked: moments, onchange: () => this.handlers.asMoments(choice.checked) });
    const { matches, doubt, note, missing } = answer;
    const found = this.strong.length;
    const many = found >= COUNTED ? `${found.toLocaleString("en")} or more ${what}s` : count(found, what);
    // Nothing tells where matches of several terms become weak.
    const heading = this.heading(`${many}${"terms" in answer && found > 1 ? ", best first," : ""}${named.startsWith("like ") ? "" : " for"} ${named}`);
    const remarks = [
      ...asked,
      missingText(missing),
      doubt ? `Doubtful: ${doubt}.` : matches.length && !found ? "Only weak matches: nothing here may be what you mean." : "",
      "notes" in answer && answer.notes.length ? `${"terms" in answer ? "Of the sounds" : "Of the sound"} given: ${answer.notes.join("; ")}.` : "",
      note ?? "",
    ];
    const choosing = el("label", { class: "as-moments", title: "Where in its recording each match is, from when to when" }, choice, " As moments");
    return [heading, choosing, ...remarks.filter(Boolean).map((text) => el("p", { class: "note" }, text))];
  }

  private heading(text: string): HTMLElement {
    const clear = el("button", { type: "button", class: "close", "aria-label": "Clear the search", textContent: "×", onclick: () => this.handlers.clear() });
    return el("header", {}, el("h2", {}, text), clear);
  }
}

/**
 * Matches before the first weak one; scores fall, so that all behind it are weak. Where words in names suffice, scores
 * don't fall: whatever has the words counts, and so does all that is not weak.
 */
async function strongOf(pages: RowPages<Found>): Promise<Found[]> {
  const strong: Found[] = [];
  for (let at = 0; strong.length < COUNTED; at += 1) {
    await pages.need(at, at + 1);
    const match = pages.at(at);
    if (!match || (match.weak && !match.found_by)) break;
    if (!match.weak || match.found_by !== "sound") strong.push(match);
  }
  return strong;
}
