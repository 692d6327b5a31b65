/** What a label finds, as sounds or as moments of recordings; or what a run would tag. */

import type { LabelOverview } from "../api/answers.ts";
import type { Query } from "../api/api.ts";
import { el } from "../page/elements.ts";
import { missingText } from "../page/missing.ts";
import { RowListing } from "../list/listings.ts";
import { SoundList, type ListContext, type SoundListHandlers } from "../list/sound_list.ts";
import type { ListedMatch } from "../list/sound_row.ts";
import { tell, type Matches } from "./examples.ts";

/** As many as one answer may hold. */
const MOST_MATCHES = 1000;
/** So many are lit and listed before the others are known. */
const FIRST_MATCHES = 200;
const TITLE = "What it finds";
const NOTHING = "It finds nothing before it has examples: 3 to 5 sounds that are alike.";

export class FoundList {
  private readonly title = el("h3", { class: "grow" }, TITLE);
  private readonly moments = el("input", { type: "checkbox" });
  private readonly told = el("p", { class: "note", role: "status" });
  private readonly rows = el("div", {});
  private readonly api: ListContext["api"];
  private readonly choice: HTMLElement;
  private shown = "";
  /** Which shards of a set what is listed lacks. */
  private missing = "";
  private asked = 0;
  readonly box: HTMLElement;
  readonly list: SoundList;

  constructor(context: ListContext, handlers: SoundListHandlers, changed: () => void) {
    this.api = context.api;
    this.list = new SoundList(this.rows, "What the label finds", context, handlers);
    this.moments.addEventListener("change", changed);
    this.choice = el("label", { class: "note", title: "Where in its recording each is, from when to when" }, this.moments, " As moments");
    this.box = el("section", { class: "found-list", "aria-label": TITLE }, el("header", { class: "row" }, this.title, this.choice), this.told, this.rows);
  }

  get asMoments(): boolean {
    return this.moments.checked;
  }

  /** The best of a label's matches: at once, for its examples' nearest settle them. */
  async askBest(label: LabelOverview): Promise<Matches> {
    return this.matches(label, { n: FIRST_MATCHES, confidence: "medium" });
  }

  /** All of its matches, up to as many as are listed; where there are few, what comes near, too. Null where something else is to be listed by now. */
  async askAll(label: LabelOverview, best?: Matches): Promise<Matches | null> {
    const turn = (this.asked += 1);
    const few = (best ?? (await this.askBest(label))).length < FIRST_MATCHES;
    const matches = await this.matches(label, few ? { n: FIRST_MATCHES } : { n: MOST_MATCHES, confidence: "medium" });
    return turn === this.asked ? matches : null;
  }

  private async matches(label: LabelOverview, query: Query): Promise<Matches> {
    if (!label.anchors) return [];
    const answer = await this.api.get("api/matches", { label: label.name, moments: this.asMoments ? 1 : null, ...query });
    this.missing = missingText(answer.missing);
    return answer.matches;
  }

  async showMatches(label: LabelOverview, matches: Matches): Promise<void> {
    this.title.textContent = this.asMoments ? "Moments that it finds" : TITLE;
    this.choice.hidden = false;
    const what = this.asMoments ? "moment" : "match";
    const told = tell(matches, MOST_MATCHES, what, document.getElementById("map") !== null);
    await this.show(`${label.name} ${what}`, label.anchors ? [told, this.missing].filter(Boolean).join(" ") : NOTHING, matches);
  }

  /** What a run would tag. */
  async showPlanned(told: string, rows: ListedMatch[]): Promise<void> {
    this.asked += 1;
    this.choice.hidden = true;
    this.title.textContent = "What would be tagged";
    await this.show("planned", told, rows);
  }

  private async show(what: string, told: string, rows: readonly ListedMatch[]): Promise<void> {
    this.told.textContent = told;
    this.rows.hidden = !rows.length;
    const isNew = what !== this.shown;
    this.shown = what;
    await this.list.show(new RowListing(this.api, rows), isNew);
  }
}
