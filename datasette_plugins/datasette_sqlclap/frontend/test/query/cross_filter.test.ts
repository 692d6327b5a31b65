import assert from "node:assert/strict";
import { test } from "node:test";

import { CrossFilter, binsOf, placeOf, rangeBetween, valueAt } from "../../src/query/cross_filter.ts";
import { lies } from "../../src/query/measures.ts";

const LENGTHS = Float32Array.from([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, NaN]);
const LEVELS = Float32Array.from([-10, -20, -30, -40, -50, -60, -70]);

test("a histogram counts what all other filters keep", () => {
  const filter = new CrossFilter(7);
  const bins = { low: -70, high: -10, count: 6, isLog: false };
  filter.set("length", (at) => lies(LENGTHS[at] as number, [0.3, null]));
  filter.set("level", (at) => lies(LEVELS[at] as number, [-45, null]));
  assert.deepEqual(filter.kept(), [2, 3]);
  assert.deepEqual([...filter.histogram("level", LEVELS, bins)], [0, 1, 1, 1, 1, 0]);
  assert.deepEqual([...filter.histogram("level", LEVELS, bins, [3, 6])], [0, 0, 0, 1, 0, 0]);
  filter.set("length", null);
  assert.deepEqual(filter.kept(), [0, 1, 2, 3]);
  filter.set("level", null);
  assert.equal(filter.isEmpty, true);
  assert.equal(filter.kept().length, 7);
});

test("a test that changes counts once", () => {
  const filter = new CrossFilter(3);
  for (const least of [1, 2, 0, 1]) filter.set("at", (at) => at >= least);
  assert.deepEqual(filter.kept(), [1, 2]);
});

test("times and frequencies are drawn by their logarithms", () => {
  const bins = binsOf(LENGTHS, true);
  assert.ok(bins?.isLog);
  const middle = placeOf(bins, Math.sqrt(0.1 * 3.2));
  assert.ok(Math.abs(middle - bins.count / 2) < 0.01);
  assert.ok(Math.abs(valueAt(bins, middle) - Math.sqrt(0.1 * 3.2)) < 1e-6);
  assert.equal(binsOf(LEVELS, false)?.isLog, false);
  assert.equal(binsOf(Float32Array.from([NaN]), true), null);
  assert.ok(binsOf(Float32Array.from([5, 5]), true));
});

test("a range that reaches an end is open there", () => {
  const bins = { low: 0, high: 10, count: 10, isLog: false };
  assert.deepEqual(rangeBetween(bins, 7, 3, 1), [3, 7]);
  assert.deepEqual(rangeBetween(bins, 0, 4.04, 1), [null, 4]);
  assert.deepEqual(rangeBetween(bins, 2, 10, 1), [2, null]);
});
