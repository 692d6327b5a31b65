/** Where the player has sounds from, and what is known of them. */

import type { Api } from "../api/api.ts";
import type { Facts } from "./adjustments.ts";

const NOTHING: Facts = { duration_s: null, loudness: null, loudness_momentary: null, peak_db: null, tempo: null };
const COLUMNS = Object.keys(NOTHING) as (keyof Facts)[];
const KEPT = 500;

export interface SoundFiles {
  address(id: number, asWav: boolean): string;
  /** A stretch (in seconds) as WAV, at the sound's own sample rate. */
  excerpt(id: number, start: number, end: number): Promise<ArrayBuffer>;
  facts(id: number): Promise<Facts>;
}

export class ServedSounds implements SoundFiles {
  private readonly known = new Map<number, Promise<Facts>>();

  constructor(private readonly api: Api) {}

  address(id: number, asWav: boolean): string {
    return this.api.audio(id, asWav);
  }

  excerpt(id: number, start: number, end: number): Promise<ArrayBuffer> {
    return this.api.bytes(`sample/${id}/audio`, { start, end, own_rate: 1 });
  }

  /** What can't be had is not known: the sound plays without. */
  facts(id: number): Promise<Facts> {
    let found = this.known.get(id);
    if (!found) {
      found = this.ask(id).catch(() => NOTHING);
      this.known.set(id, found);
      for (const oldest of this.known.keys()) if (this.known.size > KEPT) this.known.delete(oldest);
    }
    return found;
  }

  private async ask(id: number): Promise<Facts> {
    const { columns } = await this.api.post("api/samples", { sample_ids: [id], columns: COLUMNS });
    const value = (name: keyof Facts): number | null => (columns?.[name]?.[0] as number | null | undefined) ?? null;
    return Object.fromEntries(COLUMNS.map((name) => [name, value(name)])) as unknown as Facts;
  }
}
