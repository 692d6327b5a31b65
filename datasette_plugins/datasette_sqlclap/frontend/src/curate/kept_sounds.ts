/** What is kept of sounds, as far as the page has asked: favourites, ratings, notes, collections. */

import type { KeptSample } from "../api/answers.ts";

export type Kept = Pick<KeptSample, "sample_id" | "favourite" | "rating" | "note" | "collections">;
export type AskKept = (ids: number[]) => Promise<Kept[]>;

const MOST_ASKED = 500;
/** How many are remembered: whoever scrolls through a million sees the first ones asked for again. */
const MOST_KNOWN = 20_000;

export class KeptSounds {
  /** What is kept of some sounds is known now, or other than before. */
  changed: (ids: readonly number[]) => void = () => {};
  private readonly told = new Map<number, Kept>();
  private wanted = new Set<number>();
  private asking: Promise<void> | null = null;
  /** How often something was written: what was asked for before may tell what was before. */
  private writes = 0;

  constructor(private readonly ask: AskKept) {}

  /** What is kept of a sound, where it is known. */
  known(id: number): Kept | undefined {
    return this.told.get(id);
  }

  /** What is kept of a sound, where it is known; else it is asked for, with others of this moment. */
  at(id: number): Kept | undefined {
    const found = this.told.get(id);
    if (!found) void this.want(id).catch(() => {});
    return found;
  }

  /** What is kept of sounds, asked for where it is not known. */
  async of(ids: readonly number[]): Promise<Kept[]> {
    const missing = ids.filter((id) => !this.told.has(id));
    if (missing.length) this.learn(await this.askAll(missing));
    return ids.map((id) => this.told.get(id)).filter((one) => one !== undefined);
  }

  /** Something was written: what is kept of these sounds, or of all, is asked for anew. */
  forget(ids?: readonly number[]): void {
    const gone = ids ?? [...this.told.keys()];
    this.writes += 1;
    for (const id of gone) this.told.delete(id);
    this.changed(gone);
  }

  private want(id: number): Promise<void> {
    this.wanted.add(id);
    this.asking ??= Promise.resolve().then(() => this.fetch());
    return this.asking;
  }

  private async fetch(): Promise<void> {
    const ids = [...this.wanted];
    [this.wanted, this.asking] = [new Set(), null];
    this.learn(await this.askAll(ids));
    this.changed(ids);
  }

  private async askAll(ids: readonly number[]): Promise<Kept[]> {
    const found: Kept[] = [];
    const { writes } = this;
    for (let from = 0; from < ids.length; from += MOST_ASKED) found.push(...(await this.ask(ids.slice(from, from + MOST_ASKED))));
    return writes === this.writes ? found : this.askAll(ids);
  }

  private learn(found: readonly Kept[]): void {
    for (const one of found) this.told.set(one.sample_id, one);
    for (const id of this.told.keys()) {
      if (this.told.size <= MOST_KNOWN) break;
      this.told.delete(id);
    }
  }
}

/** What a rating by key or click becomes: the stars that all of them have already are taken away. */
export function ratingOf(kept: readonly Kept[], stars: number): number | null {
  return kept.length > 0 && kept.every((one) => one.rating === stars) ? null : stars;
}

/** Whether sounds become favourites: unless all of them are. */
export function becomesFavourite(kept: readonly Kept[]): boolean {
  return !kept.length || !kept.every((one) => one.favourite);
}
