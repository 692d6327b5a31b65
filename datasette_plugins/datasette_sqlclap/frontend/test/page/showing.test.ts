import assert from "node:assert/strict";
import { test } from "node:test";

import { step } from "../../src/page/colours.ts";
import { quantile } from "../../src/map/frames.ts";
import { healthOf, interval } from "../../src/label/health.ts";
import { spanOf, toScore, toX } from "../../src/label/histogram.ts";
import { colourByGroup, highlight } from "../../src/map/colormap.ts";
import { colourByMeasure } from "../../src/map/measured_colours.ts";
import { DARK } from "../../src/page/colours.ts";
import { fitting, namesAt } from "../../src/map/names.ts";
import { count, decibels, fileName, folderName, seconds } from "../../src/page/show.ts";
import type { LabelOverview } from "../../src/api/answers.ts";

const LENGTH = { name: "duration_s", label: "Length", unit: "s", about: "", low: 0, high: null, decimals: 2, is_filter: false };

test("numbers are shown as people read them", () => {
  assert.deepEqual([0.5, 12.34, 61, null].map((value) => seconds(value)), ["0.50 s", "12.3 s", "1:01", ""]);
  assert.deepEqual([fileName("a/b.wav"), fileName("b.wav"), folderName("a/b/c.wav"), folderName("c.wav")], ["b.wav", "b.wav", "a/b", ""]);
  assert.deepEqual([-0.04, 0, -0.06, -12.34, 1].map(decibels), ["0.0", "0.0", "-0.1", "-12.3", "1.0"]);
  assert.deepEqual([count(1, "sound"), count(1200, "sound")], ["1 sound", "1,200 sounds"]);
});

test("values fall into equal steps, ends included", () => {
  assert.deepEqual([0, 0.49, 0.5, 1, -3, 9].map((value) => step(value, 0, 1, 2)), [0, 0, 1, 1, 0, 1]);
  assert.equal(step(5, 5, 5, 4), 3);
});

test("looks give each point a colour that there is", () => {
  for (const { style } of [colourByGroup([-1, 0, 2], ["a", "b", "c"], DARK), colourByMeasure(LENGTH, [0.1, 0.2, 60], DARK), highlight(3, new Map([[1, 0.5], [2, 0.9]]), DARK, true)]) {
    assert.equal(style.categories.length, 3);
    assert.equal(style.sizes.length, style.colours.length);
    for (const category of Array.from(style.categories)) assert.ok(category < style.colours.length);
  }
  const { style } = highlight(3, new Map([[1, 0.5], [2, 0.9]]), DARK, true);
  assert.ok((style.categories[2] as number) > (style.categories[1] as number));
  assert.equal(style.categories[0], 0);
  assert.match(highlight(3, new Map(), DARK, true).legend[0]?.text ?? "", /search/);
  assert.ok(Math.max(...highlight(3, new Map([[1, 0.5]]), DARK, true).style.sizes) <= 14);
});

test("names that would touch give way to larger clusters", () => {
  const at = (name: string, x: number, count: number, level = 0) => ({ cluster: { cluster: count, name, count, level, x: 0, y: 0 }, x, y: 50 });
  const shown = fitting([at("drums", 100, 9), at("kicks", 110, 5), at("pads", 200, 3), at("far", 900, 1)], 300, 100);
  assert.deepEqual(shown.map((one) => one.cluster.name), ["drums", "pads"]);
  const all = [at("kick", 0, 4), at("drums", 0, 9, 1)].map((one) => one.cluster);
  assert.deepEqual(namesAt(all, 1).map((one) => one.name), ["kick", "drums"]);
  const many = [...Array(30).keys()].map((n) => at(`c${n}`, 0, n).cluster);
  assert.equal(namesAt([...many, at("drums", 0, 9, 1).cluster], 1)[0]?.name, "drums");
  assert.deepEqual(namesAt(all, 0.2).map((one) => one.name), ["kick"]);
  const same = [at("laughter", 0, 4), at("laughter", 0, 5, 1)].map((one) => one.cluster);
  assert.equal(namesAt(same, 1).length, 1);
  const wide = at("kick drum, snare drum", 100, 9, 1);
  assert.equal(fitting([wide, at("tabla", 100 + 22 * 8.9 / 2, 5)], 400, 100).length, 1);
  assert.deepEqual(fitting([at("kick drum", 2, 9)], 300, 100).map((one) => one.x > 30), [true]);
  assert.deepEqual(fitting([at("kick", 100, 9)], 300, 100, [{ left: 90, right: 200, top: 40, bottom: 60 }]), []);
});

test("a threshold's place and score are each other's inverse", () => {
  const scale = { low: -0.2, high: 0.9, width: 500 };
  for (const score of [0, 0.25, 0.75]) assert.equal(toScore(toX(score, scale), scale), score);
  assert.equal(toScore(-50, scale), 0);
  const { low, high } = spanOf({ label: "", threshold: 0.95, edges: [0.1, 0.5], counts: [1], votes: [] });
  assert.ok(low < 0.1 && high > 0.95);
});

test("health and precision in words", () => {
  const label = { anchors: 0, accepted: 0, rejected: 0, threshold_from: "default" } as LabelOverview;
  assert.equal(healthOf(label).kind, "bad");
  assert.match(healthOf({ ...label, anchors: 5, accepted: 10 }).text, /10 of about 25/);
  assert.equal(healthOf({ ...label, anchors: 5, threshold_from: "calibrated" }).kind, "good");
  assert.equal(interval({ precision: 0.9, low: 0.75, high: 0.97, above: 20 }), "90 % (75 to 97 %)");
  assert.equal(interval({ precision: null, above: 0 }), "no votes above it yet");
});

test("quantiles of frame times", () => {
  assert.equal(quantile([1, 2, 3, 4], 0.5), 3);
  assert.equal(quantile([], 0.5), 0);
});
