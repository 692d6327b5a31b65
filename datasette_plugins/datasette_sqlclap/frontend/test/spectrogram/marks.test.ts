import assert from "node:assert/strict";
import { test } from "node:test";

import { laid, marksOf, stepFrom, type EventsAnswer, type Mark } from "../../src/spectrogram/marks.ts";
import { slowed } from "../../src/spectrogram/span_player.ts";

const mark = (from: number, to: number): Mark => ({ kind: "match", name: "owl", about: "", from, to });

test("spans are marks in order of time, whole sounds are none", () => {
  const answer = {
    matches: [{ score: 0.7123, confidence: "high", start_s: 5, end_s: 8 }],
    found: [{ score: 0.5, start_s: 1, end_s: 2 }],
    tags: [{ label: "owl", confidence: "hand" }, { label: "owl", confidence: "hand", start_s: 3, end_s: 4 }],
    anchor_of: [{ label: "frog", polarity: "negative", start_s: 0, end_s: 1 }],
    votes: [{ label: "owl", verdict: "reject", start_s: 9, end_s: 10 }],
  } as unknown as EventsAnswer;
  const told = marksOf(answer, "hoot", "owl").map((one) => `${one.kind} ${one.name}: ${one.about}`);
  assert.deepEqual(told, ["example frog: not an example", "found hoot: score 0.50", "tag owl: tagged by hand", "match owl: score 0.71, high", "vote owl: rejected"]);
});

test("marks that overlap lie in lanes, and no more than can be read are shown", () => {
  const marks = [mark(0, 4), mark(1, 2), mark(3, 5), mark(6, 7), mark(90, 91)];
  assert.deepEqual(laid(marks, { from: 0, to: 10 }, 10, 0).map((one) => one.lane), [0, 1, 1, 0]);
  assert.equal(laid(marks, { from: 0, to: 10 }, 2, 0).length, 2);
  assert.deepEqual(laid([mark(0, 0.1), mark(0.2, 0.3)], { from: 0, to: 10 }, 9, 1).map((one) => one.lane), [0, 1]);
});

test("one goes from mark to mark", () => {
  const marks = [mark(1, 2), mark(5, 6)];
  assert.equal(stepFrom(marks, 0, true), marks[0]);
  assert.equal(stepFrom(marks, 1, true), marks[1]);
  assert.equal(stepFrom(marks, 5, false), marks[0]);
  assert.equal(stepFrom(marks, 1, false), null);
});

test("a recording is slowed down by what its header says", () => {
  const wav = new ArrayBuffer(44);
  new DataView(wav).setUint32(24, 384_000, true);
  new DataView(wav).setUint32(28, 768_000, true);
  const view = new DataView(slowed(wav, 10));
  assert.deepEqual([view.getUint32(24, true), view.getUint32(28, true)], [38_400, 76_800]);
});
