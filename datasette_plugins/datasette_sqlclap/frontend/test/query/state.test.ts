import assert from "node:assert/strict";
import { test } from "node:test";

import { format, parse, START, type State } from "../../src/query/state.ts";

test("an address holds all of the state", () => {
  const state: State = {
    words: "deep kick & “snare” #1",
    sample: 7,
    similar: 12,
    browse: "4",
    colour: "folder",
    folder: "kits/a b",
    label: "kick",
    text: "glass OR \"wine bottle\"",
    min: 0.1,
    max: 2,
    ranges: { rms_db: [-20, null], flatness: [0, 0.25] },
    view: [0.25, -0.5, 0.75],
  };
  assert.deepEqual(parse(format(state)), state);
});

test("links of the version before still filter by their label", () => {
  assert.equal(parse("#tag=kick").label, "kick");
});

test("a page just opened has a plain address", () => {
  assert.equal(format(START), "");
  assert.deepEqual(parse(""), START);
});

test("nonsense in an address is left out of account", () => {
  const parsed = parse("#sample=-1&list=mine&similar=1e3&colour=red&min=x&max=-2&view=1,2&q=" + "a".repeat(5000));
  assert.deepEqual(parsed, { ...START, words: "a".repeat(1000) });
  assert.equal(parse("#view=0,0,-1").view, null);
  assert.equal(parse("#sample=99999999999999999999").sample, null);
});
