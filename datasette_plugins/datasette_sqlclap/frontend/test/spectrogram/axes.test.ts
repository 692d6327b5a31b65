import assert from "node:assert/strict";
import { test } from "node:test";

import { SCALES, binsOfRows, frequencies, frequencyTicks, hzAt, secondsOfDay, shareOf, timeText, timeTicks } from "../../src/spectrogram/axes.ts";

test("frequencies and their places are each other's inverse", () => {
  for (const scale of SCALES) {
    const axis = frequencies(scale, 384_000);
    for (const hz of [500, 4_000, 45_000, 190_000]) assert.ok(Math.abs(hzAt(axis, shareOf(axis, hz)) / hz - 1) < 1e-9);
    assert.equal(Math.round(hzAt(axis, 1)), 192_000);
  }
});

test("rows hold all bins of a linear axis, once each, low ones at the bottom", () => {
  const rows = binsOfRows(frequencies("linear", 48_000), 128, 512, 48_000);
  assert.deepEqual([...rows.slice(-2)], [0, 3]);
  assert.deepEqual([...rows.slice(0, 2)], [508, 511]);
  const few = binsOfRows(frequencies("log", 48_000), 600, 512, 48_000);
  assert.ok(few.every((bin) => bin < 512));
});

test("ticks are round and apart", () => {
  const texts = frequencyTicks(frequencies("linear", 48_000), 300).map((one) => one.text);
  assert.deepEqual(texts, ["0 Hz", "5 kHz", "10 kHz", "15 kHz", "20 kHz"]);
  for (const scale of SCALES) {
    const ticks = frequencyTicks(frequencies(scale, 384_000), 300);
    assert.ok(ticks.length >= 4);
    ticks.slice(1).forEach((one, at) => assert.ok((one.at - (ticks[at]?.at ?? 0)) * 300 >= 25));
  }
});

test("times are as precise as they need to be, and by the clock where it is known", () => {
  const view = { from: 0, to: 3600 };
  assert.deepEqual(timeTicks(view, 400, null).map((one) => one.text), ["0:00", "15:00", "30:00", "45:00", "1:00:00"]);
  const started = secondsOfDay("2024-05-01T23:50:00") as number;
  assert.deepEqual(timeTicks(view, 400, started).map((one) => one.text), ["00:00:00", "00:15:00", "00:30:00", "00:45:00"]);
  assert.equal(timeText(63.25, 0.01), "1:03.25");
  assert.equal(timeText(0.0049, 0.001), "0:00.005");
  assert.equal(secondsOfDay(null), null);
});
