import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunningWork } from "../../src/api/answers.ts";
import { roughly, wordsOf } from "../../src/page/work_words.ts";

const WORK: RunningWork = { state: "running", phase: "sounds", done: 512, total: 1443, failed: 0, per_second: 18.2, left_s: 51, to_come: ["index", "map", "clusters"] };

test("count, rate, time left and what comes next", () => {
  assert.deepEqual(wordsOf(WORK), { now: "Taking in sounds: 512 of 1,443 · 18 a second · about 50 s left", next: "then the index, the map and its clusters" });
});

test("other stages are told in per cent, and those of one step without a number", () => {
  assert.deepEqual(wordsOf({ ...WORK, phase: "map", done: 100, total: 300, left_s: 200, to_come: ["clusters"] }), { now: "Drawing the map: 33 % · about 3 min left", next: "then its clusters" });
  assert.deepEqual(wordsOf({ ...WORK, phase: "clusters", done: 0, total: 1, per_second: null, left_s: null, to_come: [] }), { now: "Finding and naming clusters", next: "" });
});

test("nothing is counted before there is something to count", () => {
  assert.equal(wordsOf({ ...WORK, done: 0, total: 0, per_second: null, left_s: null }).now, "Taking in sounds");
});

test("work that was stopped is never told as running", () => {
  const { now, next } = wordsOf({ ...WORK, state: "stopped" });
  assert.match(now, /was stopped before its end/);
  assert.equal(next, "");
});

test("times are rough", () => {
  assert.deepEqual([3, 44, 600, 7300].map(roughly), ["a few seconds", "about 40 s", "about 10 min", "about 2 h"]);
});
