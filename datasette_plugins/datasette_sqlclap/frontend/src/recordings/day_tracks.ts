/** Recordings as blocks on tracks of 24 hours: a track for each day, and for each site if they are apart. */

import type { Recording } from "../api/answers.ts";

const DAY_S = 86_400;

export interface Block {
  recording: Recording;
  /** Where in the day it begins and ends, from 0 to 1. */
  from: number;
  to: number;
}

export interface Track {
  date: string;
  site: string | null;
  blocks: Block[];
}

/** Seconds since 1970 by the clock there: no zone takes part. */
export function clockS(startedAt: string): number {
  return Date.parse(`${startedAt}Z`) / 1000;
}

/** Tracks in order of sites (if they are apart) and dates; what runs over midnight has a block in each day. */
export function dayTracks(recordings: Recording[], bySite: boolean): Track[] {
  const tracks = new Map<string, Track>();
  for (const recording of recordings) {
    const start = clockS(recording.started_at);
    const end = start + Math.max(recording.duration_s ?? 0, 1);
    for (let day = Math.floor(start / DAY_S); day * DAY_S < end; day += 1) {
      const date = new Date(day * DAY_S * 1000).toISOString().slice(0, 10);
      const site = bySite ? (recording.site ?? recording.deployment ?? "") : null;
      const key = `${site}\n${date}`;
      const track = tracks.get(key) ?? { date, site, blocks: [] };
      tracks.set(key, track);
      const within = (time: number) => Math.max(0, Math.min(1, (time - day * DAY_S) / DAY_S));
      track.blocks.push({ recording, from: within(start), to: within(end) });
    }
  }
  const order = (one: Track, other: Track) => (one.site ?? "").localeCompare(other.site ?? "") || one.date.localeCompare(other.date);
  return [...tracks.values()].sort(order);
}

/** The time of a cell of the heat map, from its hour or day until before the next. */
export function cellTime(date: string, hour: string | undefined): { from: string; until: string } {
  const start = clockS(`${date}T${(hour ?? "0").padStart(2, "0")}:00:00`);
  const text = (time: number) => new Date(time * 1000).toISOString().slice(0, 16);
  return { from: text(start), until: text(start + (hour === undefined ? DAY_S : 3600)) };
}
