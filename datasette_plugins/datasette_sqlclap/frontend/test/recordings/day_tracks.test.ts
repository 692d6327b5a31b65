import assert from "node:assert/strict";
import { test } from "node:test";

import type { Recording } from "../../src/api/answers.ts";
import { cellTime, dayTracks } from "../../src/recordings/day_tracks.ts";

const recording = (started_at: string, duration_s: number, site: string | null = null) => ({ started_at, duration_s, site, deployment: null }) as Recording;

test("a recording over midnight is on both days", () => {
  const tracks = dayTracks([recording("2024-05-01T23:00:00", 7200)], false);
  const told = tracks.map((one) => [one.date, one.blocks.map(({ from, to }) => [from, to])]);
  assert.deepEqual(told, [["2024-05-01", [[23 / 24, 1]]], ["2024-05-02", [[0, 1 / 24]]]]);
});

test("sites are apart where that is asked for", () => {
  const all = [recording("2024-05-02T05:00:00", 60, "pond"), recording("2024-05-01T05:00:00", 60, "wood"), recording("2024-05-02T06:00:00", 60, "wood")];
  assert.deepEqual(dayTracks(all, true).map((one) => `${one.site} ${one.date}`), ["pond 2024-05-02", "wood 2024-05-01", "wood 2024-05-02"]);
  assert.deepEqual(dayTracks(all, false).map((one) => one.blocks.length), [1, 2]);
});

test("a cell of the heat map is an hour or a day", () => {
  assert.deepEqual(cellTime("2024-05-01", "23"), { from: "2024-05-01T23:00", until: "2024-05-02T00:00" });
  assert.deepEqual(cellTime("2024-02-29", undefined), { from: "2024-02-29T00:00", until: "2024-03-01T00:00" });
});
