import assert from "node:assert/strict";
import { test } from "node:test";

import { formatRanges, lies, parseRanges, shown, type Measured } from "../../src/query/measures.ts";

const level: Measured = {
  name: "rms_db", label: "RMS", unit: "dBFS", about: "Level.", low: -120, high: null, decimals: 1, is_filter: true,
};

test("ranges go through an address", () => {
  const ranges = { rms_db: [-20, null], ebu__lufs: [null, -14.5] } as Record<string, [number | null, number | null]>;
  assert.equal(formatRanges(ranges), "rms_db:-20:,ebu__lufs::-14.5");
  assert.deepEqual(parseRanges(formatRanges(ranges)), ranges);
});

test("nonsense is no range", () => {
  assert.deepEqual(parseRanges("rms_db,rms_db:x:y,:1:2,rms db:1:2,a:1:2:3"), {});
});

test("what was not measured lies in no range", () => {
  assert.equal(lies(NaN, [null, 5]), false);
  assert.equal(lies(5, [null, 5]), true);
  assert.equal(lies(-21, [-20, null]), false);
});

test("a value is shown with its unit and its places", () => {
  assert.equal(shown(level, -12.345), "\u221212.3\u00a0dBFS");
});
