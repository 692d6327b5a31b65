import assert from "node:assert/strict";
import { test } from "node:test";

import { labelTerm, soundTerm, wordsTerm } from "../../src/query/terms.ts";
import { format, parse, START, type State } from "../../src/query/state.ts";

test("an address holds all of the state", () => {
  const state: State = {
    terms: [
      wordsTerm("deep kick & “snare” #1"),
      wordsTerm("reverb, [long] \"tail\"", -0.5),
      soundTerm(12, 2),
      soundTerm(31, 1, { start: 1.5, end: 2.25 }),
      { kind: "given", key: "k3-ab", name: "my file (1).wav", weight: -1 },
      labelTerm("alarm & co", 0.3),
    ],
    measures: true,
    moments: true,
    named: "glass OR \"wine bottle\"",
    aspect: "pitch:2,length",
    transpose: "-12,12,0.5",
    model: "wordy",
    sample: 7,
    browse: "4",
    colour: "folder",
    density: true,
    said: { folder: "kits/a b", label: "kick", text: "glass OR \"wine bottle\"", key: "C# minor", min_tempo: "120" },
    min: 0.1,
    max: 2,
    ranges: { rms_db: [-20, null], flatness: [0, 0.25] },
    view: [0.25, -0.5, 0.75],
  };
  assert.deepEqual(parse(format(state)), state);
});

test("links of the version before still filter by their label", () => {
  assert.equal(parse("#tag=kick").said.label, "kick");
});

test("a single plain term has the address that it always had", () => {
  assert.equal(format({ ...START, terms: [wordsTerm("deep tone")] }), "#q=deep+tone");
  assert.equal(format({ ...START, terms: [soundTerm(12)] }), "#similar=12");
  assert.deepEqual(parse("#q=deep+tone").terms, [wordsTerm("deep tone")]);
  assert.deepEqual(parse("#similar=12").terms, [soundTerm(12)]);
});

test("a query as the API takes it is a link, and thirty-two long terms fit", () => {
  const api = JSON.stringify([{ words: "kick" }, { sound: "12@3.0-4.5", weight: -0.5 }, { label: "deep" }]);
  const expected = [wordsTerm("kick"), soundTerm(12, -0.5, { start: 3, end: 4.5 }), labelTerm("deep")];
  assert.deepEqual(parse(`#query=${encodeURIComponent(api)}`).terms, expected);
  const long = { ...START, terms: Array.from({ length: 32 }, (_, at) => wordsTerm("ä".repeat(990) + at, 0.5)) };
  assert.deepEqual(parse(format(long)), long);
});

test("terms that are none are left out", () => {
  const wrong = ['{}', '[1]', '[{"words":""},{"words":"a","weight":0},{"sound":"x"},{"sound":"3@2-1"},{"given":"../x"},{"label":5}]', "[{"];
  for (const query of wrong) assert.deepEqual(parse(`#query=${encodeURIComponent(query)}`).terms, []);
  assert.equal(parse("#aspect=pitch:2;drop").aspect, "");
});

test("a page just opened has a plain address", () => {
  assert.equal(format(START), "");
  assert.deepEqual(parse(""), START);
});

test("nonsense in an address is left out of account", () => {
  const parsed = parse("#sample=-1&list=mine&similar=1e3&colour=red&min=x&max=-2&view=1,2&q=" + "a".repeat(5000));
  assert.deepEqual(parsed, { ...START, terms: [wordsTerm("a".repeat(1000))] });
  assert.equal(parse("#view=0,0,-1").view, null);
  assert.equal(parse("#sample=99999999999999999999").sample, null);
});

test("the address holds a colouring by anything measured, and no nonsense", () => {
  assert.equal(parse("#colour=measured:spectral_centroid_hz").colour, "measured:spectral_centroid_hz");
  assert.equal(parse("#colour=measured:<b>").colour, START.colour);
});
