import assert from "node:assert/strict";
import { test } from "node:test";

import measures from "../../../../../sqlclap/finding/measure_words.toml";
import { suggest, withRecent, type Known } from "../../src/query/suggestions.ts";

const KNOWN: Known = {
  recent: ["deep kick", "rain on a roof"],
  measures: [{ word: "bright", means: "high brightness" }, { word: "brief", means: "short length" }],
  labels: [{ name: "kick", anchors: 3, tagged: 0 }, { name: "bird song", anchors: 1, tagged: 12 }],
  values: [{ field: "folder", value: "drums/kicks", sounds: 40 }, { field: "key", value: "C# minor", sounds: 1 }],
};
const texts = (typed: string) => suggest(typed, KNOWN).map((one) => `${one.does} ${one.text}`);

test("an empty field offers what was asked before", () => {
  assert.deepEqual(texts(""), ["search deep kick", "search rain on a roof"]);
  assert.deepEqual(texts("rain "), ["search rain on a roof"]);
});

test("the word that is being typed is completed, whatever stands before it", () => {
  assert.deepEqual(texts("bri"), ["complete bright", "complete brief"]);
  const [first] = suggest("snare, −bri", KNOWN);
  assert.equal(first?.does === "complete" && first.words, "snare, −bright ");
});

test("labels are terms and filters, values are filters; what stands before them is kept", () => {
  assert.deepEqual(texts("ki"), ["term kick", "filter drums/kicks"]);
  assert.deepEqual(texts("short so"), ["term bird song", "filter bird song"]);
  const [, filter] = suggest("short so", KNOWN);
  assert.deepEqual(filter?.does === "filter" && [filter.field, filter.value, filter.rest], ["label", "bird song", "short"]);
  assert.deepEqual(texts("c#"), ["filter C# minor"]);
});

test("nothing is offered that nothing has", () => assert.deepEqual(texts("xylophone"), []));

test("questions are remembered once, the last first, and not without end", () => {
  assert.deepEqual(withRecent(["a", "b"], " b "), ["b", "a"]);
  assert.deepEqual(withRecent(["a"], "  "), ["a"]);
  assert.equal(withRecent(Array.from({ length: 20 }, (_, at) => String(at)), "new").length, 20);
});

test("the words that are measured come from the library's own table", () => {
  assert.ok(measures.some((one) => one.word === "deep" && one.means === "low pitch and brightness"));
  assert.ok(measures.length > 50);
});
