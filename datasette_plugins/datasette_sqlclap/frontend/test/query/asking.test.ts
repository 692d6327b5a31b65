import assert from "node:assert/strict";
import { test } from "node:test";

import { canTranspose } from "../../src/query/asking.ts";
import { START } from "../../src/query/state.ts";
import { soundTerm, wordsTerm } from "../../src/query/terms.ts";

test("one sound alone is looked for at other pitches, as it is", () => {
  const one = { ...START, terms: [soundTerm(12)] };
  assert.equal(canTranspose(one), true);
  assert.equal(canTranspose({ ...one, terms: [{ kind: "given", key: "k", name: "a.wav", weight: 1 }] }), true);
  for (const more of [{ aspect: "pitch" }, { moments: true }, { named: "glass" }, { terms: [] }]) {
    assert.equal(canTranspose({ ...one, ...more }), false, JSON.stringify(more));
  }
  assert.equal(canTranspose({ ...one, terms: [wordsTerm("kick")] }), false);
  assert.equal(canTranspose({ ...one, terms: [soundTerm(12, -1)] }), false);
  assert.equal(canTranspose({ ...one, terms: [soundTerm(12), soundTerm(13)] }), false);
});
