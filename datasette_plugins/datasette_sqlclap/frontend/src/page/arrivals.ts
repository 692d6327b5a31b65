/** Takes in what comes while one looks at the page: sounds, and the first map. One's place stays. */

import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import type { ResultsPanel } from "../list/results_panel.ts";
import { count } from "./show.ts";
import type { Tab, Tabs } from "./tabs.ts";
import type { Watch } from "./watch.ts";

const PLACE = "sqlclap-place";

export interface Shown {
  /** Everything is listed, and nothing is asked. */
  listsAll(): boolean;
  /** Something would be lost by loading the page anew: what plays, what is selected, what is typed. */
  isBusy(): boolean;
}

export class Arrivals {
  private turn = 0;

  constructor(
    private readonly api: Api,
    private readonly config: Config,
    private readonly page: { results: ResultsPanel; tabs: Tabs; watch: Watch; shown: Shown },
  ) {}

  /** All sounds in the order in which they came in: those that come stand at the end. */
  async all(): Promise<number[]> {
    return (await this.api.post("api/samples/order", { sort: "sample_id" })).sample_ids;
  }

  /** Only the last answer counts, and what was asked for meanwhile stays. */
  async arrived(samples: number): Promise<void> {
    const turn = (this.turn += 1);
    this.config.samples = samples;
    const { results, shown } = this.page;
    const told = document.querySelector("#results .how-many");
    if (told) told.textContent = count(samples, "sound");
    if (told || !shown.listsAll()) return;
    const ids = await this.all();
    if (turn === this.turn && shown.listsAll()) await results.grow("", ids);
  }

  /** A map that was waited for is shown at once where nothing is lost by it; else there is a button for it. */
  mapped(isExpected: boolean): void {
    const { shown, tabs, watch } = this.page;
    if (!isExpected || shown.isBusy()) return watch.show();
    sessionStorage.setItem(PLACE, JSON.stringify({ tab: tabs.shown, top: rows()?.scrollTop ?? 0 }));
    location.reload();
  }

  /** Goes back to where one was before the page was loaded anew. */
  goBack(): void {
    const kept = sessionStorage.getItem(PLACE);
    if (!kept) return;
    sessionStorage.removeItem(PLACE);
    const { tab, top } = JSON.parse(kept) as { tab: Tab; top: number };
    this.page.tabs.show(tab);
    const list = rows();
    if (list) list.scrollTop = top;
  }
}

function rows(): Element | null {
  return document.querySelector("#found:not([hidden]) .rows");
}
