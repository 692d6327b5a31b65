/** What can be typed into the search field: asked for when it is first used, kept until labels change. */

import type { Api } from "../api/api.ts";
import measures from "../../../../../sqlclap/finding/measure_words.toml";
import { withRecent, type Known } from "./suggestions.ts";
import type { SaidName } from "./state.ts";

const FACETS = ["folder", "category", "key", "site"] as const;
const MOST_VALUES = 1000;

export class KnownWords {
  private labels: Promise<Known["labels"]> | null = null;
  private values: Promise<Known["values"]> | null = null;
  private readonly kept: string;

  constructor(
    private readonly api: Api,
    database: string,
  ) {
    this.kept = `sqlclap-asked-${database}`;
  }

  async all(): Promise<Known> {
    this.labels ??= this.askLabels();
    this.values ??= this.askValues();
    const [labels, values] = await Promise.all([this.labels, this.values]);
    return { recent: this.recent, measures, labels, values };
  }

  /** Something was asked: it is offered again, in this browser. */
  remember(words: string): void {
    localStorage.setItem(this.kept, JSON.stringify(withRecent(this.recent, words)));
  }

  /** Labels have come or gone. */
  forgetLabels(): void {
    this.labels = null;
  }

  private get recent(): string[] {
    try {
      const kept: unknown = JSON.parse(localStorage.getItem(this.kept) ?? "[]");
      return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
    } catch {
      return []; // what was kept is none of ours
    }
  }

  private async askLabels(): Promise<Known["labels"]> {
    if (!this.api.readsLabels) return [];
    return this.api.get("api/labels").then(({ labels }) => labels, () => []);
  }

  /** What some may not see is not offered to them. */
  private async askValues(): Promise<Known["values"]> {
    const found = FACETS.map(async (facet) => {
      const { facets } = await this.api.get("api/facets", { facet, n: MOST_VALUES }).catch(() => ({ facets: [] }));
      const field: SaidName = facet;
      return (facets[0]?.values ?? []).filter((one) => one.value !== null && one.value !== "").map((one) => ({ field, value: String(one.value), sounds: one.sounds }));
    });
    return (await Promise.all(found)).flat();
  }
}
