/** What was found: its heading, what is to be said of it, and the list. */

import type { ComposedSearch, Match, SampleSearch, Understood, UploadSearch, WordSearch } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { byId, el } from "../page/elements.ts";
import { count } from "../page/show.ts";
import { RowPages } from "./row_source.ts";
import { SoundList, type SoundListHandlers } from "./sound_list.ts";

export type Answer = WordSearch | SampleSearch | UploadSearch | ComposedSearch;

/** A part of an answer: from a place on; in another order, those that score so much. */
export interface Part {
  offset: number;
  n: number;
  sort?: string;
  min_score?: number;
}
export type Ask = (part: Part) => Promise<Answer>;

const PAGE = 200;
/** How far strong matches are counted, and lit on the map. */
const COUNTED = 1000;

export class ResultsPanel {
  /** The strong matches: those that the heading counts, and the map lights. */
  strong: Match[] = [];
  /** What words were taken to mean. */
  understood: Understood[] = [];
  private pages: RowPages<Match> | null = null;
  private readonly list: SoundList;
  private asked = 0;

  constructor(
    api: Api,
    private readonly model: string | null,
    ids: Set<number>,
    private readonly handlers: SoundListHandlers & { clear(): void; welcome(): (Node | string)[] },
  ) {
    this.list = new SoundList(byId("found"), "Results", api, ids, handlers);
  }

  /**
   * Asks, then shows the answer; false where another question was asked meanwhile.
   * @param remarks on the question
   */
  async show(title: string | Promise<string>, ask: Ask, remarks: string[] = []): Promise<boolean> {
    const turn = (this.asked += 1);
    try {
      return await this.answer(turn, title, ask, remarks);
    } catch (error) {
      if (turn !== this.asked) return false;
      throw error;
    }
  }

  private async answer(turn: number, title: string | Promise<string>, ask: Ask, asked: string[]): Promise<boolean> {
    const first = ask({ offset: 0, n: PAGE });
    const pages = new RowPages<Match>(async (offset, n) => (await (offset ? ask({ offset, n }) : first)).matches, PAGE);
    const [answer, named] = await Promise.all([first, title]);
    const strong = await strongOf(pages);
    if (turn !== this.asked) return false;
    [this.strong, this.pages, this.understood] = [strong, pages, answer.understood];
    byId("results").replaceChildren(...this.head(answer, named, asked), byId("found"));
    byId("found").hidden = false;
    this.list.show(pages);
    return true;
  }

  /** The first matches, weak ones too: what similarity colours. */
  async first(): Promise<Match[]> {
    const pages = this.pages;
    await pages?.need(0, COUNTED);
    const found: Match[] = [];
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

  private head(answer: Answer, named: string, asked: string[]): HTMLElement[] {
    const { matches, model, doubt, note } = answer;
    const found = this.strong.length;
    const heading = el("h2", {}, `${found >= COUNTED ? `${found.toLocaleString("en")} or more sounds` : count(found, "sound")} for ${named}`);
    const clear = el("button", { type: "button", class: "close", "aria-label": "Clear the search", textContent: "×", onclick: () => this.handlers.clear() });
    const remarks = [
      ...asked,
      model && model !== this.model ? `Found by ${model}: ${this.model ?? "the library's model"} has no words.` : "",
      doubt ? `Doubtful: ${doubt}.` : matches.length && !found ? "Only weak matches: nothing here may be what you mean." : "",
      "notes" in answer && answer.notes.length ? `${"terms" in answer ? "Of the sounds" : "Of the sound"} given: ${answer.notes.join("; ")}.` : "",
      note ?? "",
    ];
    return [el("header", {}, heading, clear), ...remarks.filter(Boolean).map((text) => el("p", { class: "note" }, text))];
  }
}

/** Matches before the first weak one; scores fall, so that all behind it are weak. */
async function strongOf(pages: RowPages<Match>): Promise<Match[]> {
  const strong: Match[] = [];
  while (strong.length < COUNTED) {
    await pages.need(strong.length, strong.length + 1);
    const match = pages.at(strong.length);
    if (!match || match.weak) break;
    strong.push(match);
  }
  return strong;
}
