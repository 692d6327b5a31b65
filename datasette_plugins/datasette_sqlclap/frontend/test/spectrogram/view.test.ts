import assert from "node:assert/strict";
import { test } from "node:test";

import { around, between, clamped, columnS, following, levelOf, panned, shortest, tilesOf, zoomed, type Grid } from "../../src/spectrogram/view.ts";

const HOUR: Grid = { durationS: 3600, sampleRate: 48_000, nFft: 1024, tileColumns: 256, mostLevel: 24 };
const ALL = { from: 0, to: 3600 };

test("an hour takes a handful of tiles, whatever the window's width", () => {
  for (const pixels of [390, 1024, 1440, 2880]) {
    const level = levelOf(HOUR, ALL, pixels);
    const [first, last] = tilesOf(HOUR, level, ALL);
    assert.ok(3600 / columnS(HOUR, level) >= pixels, "a column for each pixel");
    assert.ok(last - first + 1 <= 24);
  }
  assert.equal(levelOf(HOUR, { from: 1, to: 1.001 }, 1000), 0);
});

test("tiles hold all of a view and no more", () => {
  const seconds = 256 * columnS(HOUR, 3);
  assert.deepEqual(tilesOf(HOUR, 3, { from: 0, to: seconds }), [0, 0]);
  assert.deepEqual(tilesOf(HOUR, 3, { from: seconds - 0.01, to: 2.5 * seconds }), [0, 2]);
  assert.deepEqual(tilesOf(HOUR, 3, { from: 3599.5, to: 3600 }), Array(2).fill(Math.ceil(3600 / seconds) - 1));
});

test("zooming leaves the time that is pointed at where it is", () => {
  const view = zoomed(HOUR, { from: 100, to: 200 }, 2, 130);
  assert.deepEqual(view, { from: 115, to: 165 });
  assert.deepEqual(zoomed(HOUR, view, 0.5, 130), { from: 100, to: 200 });
  assert.deepEqual(zoomed(HOUR, view, 0.0001, 130), ALL);
  const nearest = zoomed(HOUR, view, 1e9, 130);
  assert.ok(Math.abs(nearest.to - nearest.from - shortest(HOUR)) < 1e-9);
});

test("views stay within the sound", () => {
  assert.deepEqual(panned(HOUR, { from: 0, to: 60 }, -30), { from: 0, to: 60 });
  assert.deepEqual(panned(HOUR, { from: 3500, to: 3560 }, 300), { from: 3540, to: 3600 });
  assert.deepEqual(clamped({ ...HOUR, durationS: 0.02 }, { from: -1, to: 5 }), { from: 0, to: 0.02 });
  assert.deepEqual(around(HOUR, { from: 10, to: 12 }), { from: 8, to: 14 });
});

test("a view follows what plays", () => {
  const view = { from: 10, to: 20 };
  assert.equal(following(HOUR, view, 15), view);
  assert.deepEqual(following(HOUR, view, 25), { from: 23, to: 33 });
});

test("a span is dragged either way, and is none where the pointer did not move", () => {
  assert.deepEqual(between(HOUR, 12.5, 10), { from: 10, to: 12.5 });
  assert.deepEqual(between(HOUR, -3, 2), { from: 0, to: 2 });
  assert.equal(between(HOUR, 5, 5.0004), null);
});
