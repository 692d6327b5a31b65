/** Where frequencies and times stand at the edges of a spectrogram, and how they are written. */

import type { Stretch } from "./view.ts";

export type Scale = "linear" | "log" | "mel";
export const SCALES: Scale[] = ["linear", "log", "mel"];

/** The lowest frequency of a logarithmic axis (in Hz), at 48 kHz; above, in proportion. */
const LOG_FROM_HZ = 50;
const STEPS = [1, 2, 5];
const TIME_STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600];

export interface Frequencies {
  scale: Scale;
  low: number;
  high: number;
}

/** The whole axis of a sound. */
export function frequencies(scale: Scale, sampleRate: number): Frequencies {
  return { scale, low: scale === "log" ? (LOG_FROM_HZ * sampleRate) / 48_000 : 0, high: sampleRate / 2 };
}

/** Where a frequency stands, from 0 at the bottom to 1 at the top. */
export function shareOf(axis: Frequencies, hz: number): number {
  const [low, high] = [warped(axis.scale, axis.low), warped(axis.scale, axis.high)];
  return (warped(axis.scale, hz) - low) / (high - low);
}

export function hzAt(axis: Frequencies, share: number): number {
  const [low, high] = [warped(axis.scale, axis.low), warped(axis.scale, axis.high)];
  const at = low + share * (high - low);
  if (axis.scale === "mel") return 700 * (10 ** (at / 2595) - 1);
  return axis.scale === "log" ? 2 ** at : at;
}

function warped(scale: Scale, hz: number): number {
  if (scale === "mel") return 2595 * Math.log10(1 + hz / 700); // of the HTK Book
  return scale === "log" ? Math.log2(Math.max(hz, 1)) : hz;
}

/** For each row from the top, the first and the last bin that it shows. */
export function binsOfRows(axis: Frequencies, rows: number, bins: number, sampleRate: number): Uint16Array {
  const binOf = (share: number) => (hzAt(axis, share) / (sampleRate / 2)) * bins;
  const found = new Uint16Array(2 * rows);
  for (let row = 0; row < rows; row += 1) {
    const [bottom, top] = [binOf(1 - (row + 1) / rows), binOf(1 - row / rows)];
    const first = Math.min(bins - 1, Math.max(0, Math.round(bottom)));
    found[2 * row] = first;
    found[2 * row + 1] = Math.min(bins - 1, Math.max(first, Math.round(top) - 1));
  }
  return found;
}

export interface Tick {
  at: number;
  text: string;
}

/** Round frequencies with room between them, as shares of the axis. */
export function frequencyTicks(axis: Frequencies, pixels: number): Tick[] {
  const most = Math.max(2, Math.floor(pixels / 34));
  const candidates = axis.scale === "linear" ? even(axis.low, axis.high, most) : decades(axis.high);
  const ticks: Tick[] = [];
  let free = -Infinity;
  for (const hz of candidates) {
    const at = shareOf(axis, hz);
    if (at < 0 || at > 1 || at * pixels < free) continue;
    ticks.push({ at, text: frequencyText(hz) });
    free = at * pixels + 26;
  }
  return ticks;
}

function even(low: number, high: number, most: number): number[] {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (STEPS.find((one) => one * power >= rough) ?? 10);
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, at) => Math.ceil(low / step) * step + at * step);
}

function decades(high: number): number[] {
  const found = [];
  for (let power = 10; power <= high; power *= 10) for (const one of STEPS) found.push(one * power);
  return found.filter((hz) => hz <= high);
}

export function frequencyText(hz: number): string {
  if (hz < 1000) return `${Math.round(hz)} Hz`;
  const kilohertz = hz / 1000;
  return `${Number(kilohertz.toFixed(kilohertz < 10 ? 1 : 0))} kHz`;
}

/** Round times with room for their text, by the clock where the recording's beginning is known. */
export function timeTicks(view: Stretch, pixels: number, startedAtS: number | null): Tick[] {
  const length = view.to - view.from;
  const least = (length * 84) / Math.max(1, pixels);
  const step = TIME_STEPS.find((one) => one >= least) ?? 43_200;
  const offset = startedAtS === null ? 0 : startedAtS % step;
  const ticks: Tick[] = [];
  for (let at = Math.ceil((view.from + offset) / step) * step - offset; at <= view.to; at += step) {
    ticks.push({ at: (at - view.from) / length, text: timeText(at, step, startedAtS) });
  }
  return ticks;
}

/** A time as precise as a step is: 1:02:03, 0:03.250; by the clock 05:31:10. */
export function timeText(seconds: number, step: number, startedAtS: number | null = null): string {
  const digits = step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step) - 1e-9));
  const scaled = Math.round((seconds + (startedAtS ?? 0)) * 10 ** digits) / 10 ** digits;
  const [hours, minutes] = [Math.floor(scaled / 3600), Math.floor((scaled % 3600) / 60)];
  const rest = (scaled % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  const two = (number: number) => String(number).padStart(2, "0");
  if (startedAtS !== null) return `${two(hours % 24)}:${two(minutes)}:${rest}`;
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Seconds since midnight of a local time such as 2024-05-01T05:30:00. */
export function secondsOfDay(startedAt: string | null): number | null {
  const found = /T(\d\d):(\d\d):(\d\d(?:\.\d+)?)/.exec(startedAt ?? "");
  return found ? 3600 * Number(found[1]) + 60 * Number(found[2]) + Number(found[3]) : null;
}
