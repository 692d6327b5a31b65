import assert from "node:assert/strict";
import { test } from "node:test";

import { loudnessGain, syncRate, type Facts } from "../../src/player/adjustments.ts";
import { keyedShare } from "../../src/player/scrub.ts";
import { PlayerSettings, readSettings } from "../../src/player/settings.ts";
import { readWav, slowed } from "../../src/player/wav.ts";

const facts = (known: Partial<Facts>): Facts => ({ duration_s: 1, loudness: null, loudness_momentary: null, peak_db: null, tempo: null, ...known });
const db = (gain: number): number => Math.round(200 * Math.log10(gain)) / 10;

test("sounds become equally loud, as far as their peaks let them", () => {
  assert.equal(db(loudnessGain(facts({ loudness: -10, peak_db: 0 }))), -8);
  assert.equal(db(loudnessGain(facts({ loudness: -30, peak_db: -20 }))), 12);
  assert.equal(db(loudnessGain(facts({ loudness: -30, peak_db: -6 }))), 5); // up to -1 dBFS
  assert.equal(db(loudnessGain(facts({ loudness: -18.5, peak_db: 0 }))), 0); // never softer than it need be
  assert.equal(db(loudnessGain(facts({ loudness_momentary: -12, peak_db: -1 }))), -6);
  assert.equal(loudnessGain(facts({})), 1);
});

test("tempos are brought together by the nearest of single, half and double time", () => {
  assert.deepEqual([syncRate(100, 120), syncRate(60, 120), syncRate(240, 120)], [1.2, 1, 1]);
  assert.equal(syncRate(170, 90), 180 / 170);
  assert.deepEqual([syncRate(null, 120), syncRate(120, 0), syncRate(120, null)], [1, 1, 1]);
});

test("settings are kept, and nonsense among them is not", () => {
  const kept = new Map<string, string>();
  const store = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) };
  const settings = new PlayerSettings(store);
  let told = 0;
  settings.addEventListener("change", () => (told += 1));
  settings.change({ loop: true, tempo: 128 });
  settings.change({ slowness: 10 });
  assert.equal(told, 2);
  assert.deepEqual(new PlayerSettings(store).now, { loop: true, matchLoudness: false, tempo: 128, slowness: 10, sweep: false });
  settings.change({ tempo: 5000, slowness: 3 });
  assert.deepEqual([settings.now.tempo, settings.now.slowness], [0, 1]);
  for (const text of ["{", "null", "[]", '{"loop":"yes","tempo":"fast"}']) assert.deepEqual(readSettings(text), readSettings(null));
});

test("keys scrub, and stay within the sound", () => {
  assert.deepEqual([keyedShare("ArrowRight", 0.5), keyedShare("PageDown", 0.05), keyedShare("End", 0.5)], [0.52, 0, 0.999]);
  assert.equal(keyedShare("a", 0.5), null);
});

test("a slowed WAV has the same samples at a lower rate", () => {
  const bytes = new ArrayBuffer(44 + 8);
  const view = new DataView(bytes);
  const text = (at: number, name: string) => [...name].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)));
  for (const [at, name] of [[0, "RIFF"], [8, "WAVE"], [12, "fmt "], [36, "data"]] as const) text(at, name);
  for (const [at, value] of [[16, 16], [24, 384_000], [28, 768_000], [40, 8]] as const) view.setUint32(at, value, true);
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]] as const) view.setUint16(at, value, true);
  view.setInt16(44, 16_384, true);
  const { wav, stretch, rate } = slowed(bytes, 10);
  assert.deepEqual([readWav(wav).rate, readWav(wav).samples[0], stretch, rate], [38_400, 0.5, 10, 1]);
  const slowest = slowed(bytes, 200); // below what browsers play: the player does the rest
  assert.deepEqual([readWav(slowest.wav).rate, slowest.stretch, slowest.rate], [4000, 96, 0.48]);
  assert.throws(() => slowed(new ArrayBuffer(60), 2), /no format/);
});
