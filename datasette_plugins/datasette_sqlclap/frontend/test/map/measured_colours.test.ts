import assert from "node:assert/strict";
import { test } from "node:test";

import { colourByMeasure, edgesOf } from "../../src/map/measured_colours.ts";
import { DARK, RAMP } from "../../src/page/colours.ts";
import { lies } from "../../src/query/measures.ts";

const PITCH = { name: "pitch_hz", label: "Pitch", unit: "Hz", about: "", low: 0, high: null, decimals: 0, is_filter: true };
const LEVEL = { name: "rms_db", label: "Level", unit: "dB", about: "", low: null, high: 0, decimals: 1, is_filter: true };

test("each colour of the legend filters by what has it, and nothing is left out", () => {
  const values = Float32Array.from({ length: 500 }, (_, at) => -60 + 0.1203 * at);
  const { style, legend } = colourByMeasure(LEVEL, values, DARK);
  assert.equal(legend.length, RAMP.length);
  for (const { colour, only } of legend) {
    assert.ok(only && "measured" in only);
    const [coloured, kept] = [values.filter((_, at) => style.colours[style.categories[at] as number] === colour), values.filter((value) => lies(value, only.range))];
    assert.deepEqual([...coloured], [...kept]);
  }
  assert.match(legend[0]?.text ?? "", /^\u2212[\d.]+ dB and above$/);
  assert.match(legend[8]?.text ?? "", /^below /);
});

test("frequencies are told apart by their logarithms", () => {
  const edges = edgesOf(PITCH, Float32Array.from({ length: 1000 }, (_, at) => 20 * 1000 ** (at / 999)));
  const steps = edges.slice(1).map((edge, at) => edge / (edges[at] as number));
  assert.equal(edges.length, 8);
  assert.ok(steps.every((one) => Math.abs(one - (steps[0] as number)) < 0.1));
});

test("what has no value says so, and stays without a colour", () => {
  const { style, legend } = colourByMeasure(PITCH, [NaN, 100, 200, NaN], DARK);
  assert.deepEqual([style.categories[0], style.categories[3]], [0, 0]);
  assert.equal(style.colours[0], DARK.none);
  assert.deepEqual(legend.find((one) => one.text === "not measured"), { colour: DARK.none, text: "not measured" });
  assert.deepEqual(colourByMeasure(PITCH, [NaN, NaN], DARK).legend.map((one) => one.text), ["not measured of any sound here"]);
});

test("few different values have few colours", () => {
  const { legend } = colourByMeasure(PITCH, [100, 100, 100], DARK);
  assert.deepEqual(legend.map((one) => [one.text, one.only]), [["Pitch", undefined]]);
  assert.deepEqual(edgesOf({ ...PITCH, low: null }, [0, 1, 1, 0]), [1]);
});
