/** How a sound is played to suit its neighbours: as loud as they are, and in time. */

/** What is known of a sound that is played. */
export interface Facts {
  /** In seconds. */
  duration_s: number | null;
  /** Of the whole sound, and of its loudest 0.4 s, in LUFS: short sounds have the second alone. */
  loudness: number | null;
  loudness_momentary: number | null;
  /** In dBFS. */
  peak_db: number | null;
  /** In beats a minute. */
  tempo: number | null;
}

export const TARGET_LUFS = -18;
/** No peak is lifted above this (in dBFS): what is loud in short moments stays softer on the whole. */
export const CEILING_DB = -1;
const FASTEST = Math.SQRT2;

/** The factor by which a sound becomes as loud as the others; 1 where its loudness isn't known. */
export function loudnessGain({ loudness, loudness_momentary, peak_db }: Facts): number {
  const heard = loudness ?? loudness_momentary;
  if (heard === null) return 1;
  const wanted = TARGET_LUFS - heard;
  const most = CEILING_DB - (peak_db ?? 0);
  return 10 ** (Math.min(wanted, Math.max(most, Math.min(wanted, 0))) / 20);
}

/** The playback rate that brings a tempo to another one; half and double time count as the same tempo. */
export function syncRate(tempo: number | null, target: number | null): number {
  if (!tempo || !target) return 1;
  let rate = target / tempo;
  while (rate > FASTEST) rate /= 2;
  while (rate < 1 / FASTEST) rate *= 2;
  return rate;
}
