import assert from "node:assert/strict";
import { test } from "node:test";

import type { Anchor, LabelMatch } from "../../src/api/answers.ts";
import { bodyOf, litBy, subjectOf, tell } from "../../src/label/examples.ts";
import { ASKING_KEYS, commandOf } from "../../src/page/keyboard.ts";

const anchor = (sample_id: number, more: Partial<Anchor> = {}): Anchor => ({
  anchor_id: sample_id, sample_id, polarity: "positive", weight: 1, state: "ok", path: `${sample_id}.wav`, start_s: null, end_s: null, ...more,
});
const match = (sample_id: number, score: number, confidence: LabelMatch["confidence"]): LabelMatch => ({
  rank: 1, sample_id, path: `${sample_id}.wav`, score, rival: null, gap: null, confidence, held_back_by: null,
  rival_label: null, rival_sample_id: null, rival_path: null, status: "present", heard_share: 1, hardly_heard: false,
  row_key: null, more_rows: 0,
});

test("the selection goes before the sound in hand", () => {
  assert.deepEqual(subjectOf(new Set([4, 2]), 9), { ids: [4, 2], text: "2 selected" });
  assert.deepEqual(subjectOf(new Set(), 9), { ids: [9], text: "the sound in hand" });
  assert.equal(subjectOf(new Set(), null), null);
});

test("a span is removed as a span", () => {
  assert.deepEqual(bodyOf("kick", anchor(3, { start_s: 1, end_s: 2 })), { label: "kick", sample_ids: [3], start_s: 1, end_s: 2 });
  assert.deepEqual(bodyOf("kick", anchor(3)), { label: "kick", sample_ids: [3] });
});

test("the map lights examples and what is at least likely", () => {
  const lit = litBy([anchor(1), anchor(2, { polarity: "negative" })], [match(5, 0.9, "high"), match(6, 0.2, "low")]);
  assert.deepEqual(lit.map((one) => [one.sample_id, one.score]), [[5, 0.9], [1, 1]]);
});

test("matches are told in words", () => {
  const matches = [match(1, 0.9, "high"), match(2, 0.7, "medium"), match(3, 0.7, "medium"), match(4, 0.1, "low")];
  assert.match(tell(matches, 1000), /^3 matches: 1 sure \(high\), 2 likely \(medium\)/);
  assert.match(tell(matches.slice(0, 3), 3), /^3 matches or more/);
  assert.match(tell([match(4, 0.1, "low")], 1000), /^No match/);
});

test("keys answer, but not in a field that is typed into", () => {
  const pressed = (key: string) => ({ key, ctrlKey: false, metaKey: false, altKey: false });
  const said = ["y", "n", "s", "u"].map((key) => commandOf(ASKING_KEYS, pressed(key), { tag: "BODY" }));
  assert.deepEqual(said, ["accept", "reject", "unsure", "undo"]);
  assert.equal(commandOf(ASKING_KEYS, pressed("y"), { tag: "INPUT", type: "text" }), null);
});
