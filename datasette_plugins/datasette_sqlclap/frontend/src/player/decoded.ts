/** Short sounds, decoded whole and kept for a while. */

import type { SoundFiles } from "./sound_files.ts";

/** Longer sounds (in seconds) are streamed. */
export const LONGEST_S = 60;
/** Of encoded bytes; where the length isn't known, they decide. */
const LARGEST = 24e6;
const KEPT_S = 600;

export class Decoded {
  private readonly kept = new Map<number, Promise<AudioBuffer | null>>();
  private readonly lengths = new Map<number, number>();

  constructor(private readonly files: SoundFiles) {}

  /** A sound's samples; null where it is too long to be held whole. Fails where it can't be read at all. */
  get(id: number, context: BaseAudioContext): Promise<AudioBuffer | null> {
    const held = this.kept.get(id);
    if (held) {
      this.kept.delete(id); // the latest are at the end
      this.kept.set(id, held);
      return held;
    }
    const reading = this.read(id, context);
    this.kept.set(id, reading);
    reading.then(
      (buffer) => this.keep(id, buffer?.duration ?? 0),
      () => this.kept.delete(id),
    );
    return reading;
  }

  private async read(id: number, context: BaseAudioContext): Promise<AudioBuffer | null> {
    const leaving = new AbortController();
    const [answer, facts] = await Promise.all([fetch(this.files.address(id, false), { signal: leaving.signal }), this.files.facts(id)]);
    if (!answer.ok) throw new Error(`The server answered ${answer.status}`);
    if ((facts.duration_s ?? 0) > LONGEST_S || Number(answer.headers.get("content-length")) > LARGEST) {
      leaving.abort();
      return null;
    }
    try {
      return await context.decodeAudioData(await answer.arrayBuffer());
    } catch {
      // What this browser can't decode is asked for as WAV.
      const converted = await fetch(this.files.address(id, true));
      if (!converted.ok) throw new Error(`The server answered ${converted.status}`);
      return context.decodeAudioData(await converted.arrayBuffer());
    }
  }

  private keep(id: number, seconds: number): void {
    this.lengths.set(id, seconds);
    let all = [...this.kept.keys()].reduce((sum, one) => sum + (this.lengths.get(one) ?? 0), 0);
    for (const oldest of this.kept.keys()) {
      if (all <= KEPT_S || oldest === id) break;
      all -= this.lengths.get(oldest) ?? 0;
      this.kept.delete(oldest);
      this.lengths.delete(oldest);
    }
  }
}
