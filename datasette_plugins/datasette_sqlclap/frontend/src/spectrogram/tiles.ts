/** The tiles of one sound's spectrogram: fetched a few at a time, what is in view first, and kept. */

export interface TileName {
  nFft: number;
  level: number;
  tile: number;
}

export type Fetch = (name: TileName, signal: AbortSignal) => Promise<Uint8Array>;

interface Waiting {
  name: TileName;
  ending: AbortController;
}

/** More than the server computes together: its threads are kept busy, and one of six connections is left to the player. */
const AT_ONCE = 5;
const KEPT = 160;

export class TileStore {
  private readonly kept = new Map<string, Uint8Array>();
  private readonly failures = new Map<string, string>();
  private readonly running = new Map<string, Waiting>();
  private wanted: TileName[] = [];

  constructor(
    private readonly fetch: Fetch,
    private readonly changed: () => void,
  ) {}

  get(name: TileName): Uint8Array | null {
    const [key, found] = [keyOf(name), this.kept.get(keyOf(name))];
    if (!found) return null;
    this.kept.delete(key); // the latest stay longest
    this.kept.set(key, found);
    return found;
  }

  /** Why a tile can't be had, if it can't. */
  failure(name: TileName): string | null {
    return this.failures.get(keyOf(name)) ?? null;
  }

  get isWaiting(): boolean {
    return this.running.size > 0 || this.wanted.length > 0;
  }

  /** What is in view now, the most important first; what was asked for before and is not, is let go. */
  want(names: TileName[]): void {
    const keys = new Set(names.map(keyOf));
    for (const [key, one] of this.running) if (!keys.has(key)) one.ending.abort();
    this.wanted = names.filter((one) => !this.kept.has(keyOf(one)) && !this.running.has(keyOf(one)) && !this.failures.has(keyOf(one)));
    this.next();
  }

  /** Another sound is shown. */
  clear(): void {
    this.want([]);
    this.kept.clear();
    this.failures.clear();
  }

  /** Asks again for what could not be had. */
  retry(): void {
    this.failures.clear();
    this.changed();
  }

  private next(): void {
    while (this.running.size < AT_ONCE && this.wanted.length) {
      const name = this.wanted.shift() as TileName;
      void this.load({ name, ending: new AbortController() });
    }
  }

  private async load(one: Waiting): Promise<void> {
    const key = keyOf(one.name);
    this.running.set(key, one);
    try {
      const tile = await this.fetch(one.name, one.ending.signal);
      if (!one.ending.signal.aborted) this.keep(key, tile); // else it may be another sound's
    } catch (error) {
      if (!one.ending.signal.aborted) this.failures.set(key, (error as Error).message);
    }
    this.running.delete(key);
    this.next();
    this.changed();
  }

  private keep(key: string, tile: Uint8Array): void {
    this.kept.set(key, tile);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(oldest);
    }
  }
}

export function keyOf(name: TileName): string {
  return `${name.nFft}/${name.level}/${name.tile}`;
}
