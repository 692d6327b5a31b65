import assert from "node:assert/strict";
import { test } from "node:test";

import { Queue, type Item } from "../../src/label/queue.ts";

const UNMEASURED = { gap: null, held_back_by: null, rival_label: null, heard_share: null, hardly_heard: false, start_s: null, end_s: null };
const item = (sample_id: number): Item => ({ ...UNMEASURED, sample_id, path: `${sample_id}.wav`, stratum: "near", score: 0.5, confidence: "low" });

test("one goes through the queue and back", () => {
  const queue = new Queue([1, 2, 3].map(item));
  assert.deepEqual(queue.next(5).map((one) => one.sample_id), [2, 3]);
  const first = queue.say("accept");
  if (first) first.change = { change_id: 9, what: "" };
  queue.say("reject");
  assert.equal(queue.current?.sample_id, 3);
  assert.equal(queue.count("accept"), 1);
  assert.equal(queue.undo()?.verdict, "reject");
  assert.equal(queue.undo()?.change?.change_id, 9);
  assert.equal(queue.current?.sample_id, 1);
  assert.equal(queue.undo(), null);
});

test("the end says nothing more", () => {
  const queue = new Queue([item(1)]);
  queue.say("unsure");
  assert.equal(queue.current, null);
  assert.equal(queue.say("accept"), null);
  assert.equal(queue.said.length, 1);
});
