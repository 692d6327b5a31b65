import assert from "node:assert/strict";
import { test } from "node:test";

import { linesOf } from "../../src/density_lines.ts";
import { CELLS, densityOf, levelsOf, WITHIN } from "../../src/map/density.ts";

/** Two heaps of points, three quarters of them at the left. */
function heaps(count: number): { x: Float32Array; y: Float32Array } {
  const wave = (at: number) => Math.sin(at * 12.9898) * 0.1 + Math.sin(at * 78.233) * 0.1;
  const x = Float32Array.from({ length: count }, (_, at) => (at % 4 ? -0.5 : 0.6) + wave(at));
  return { x, y: Float32Array.from({ length: count }, (_, at) => wave(at * 1.7 + 3)) };
}

test("no sound is lost when the grid is smoothed, unless it lies at the edge", () => {
  const { x, y } = heaps(1000);
  const whole = densityOf(x, y, null).reduce((sum, one) => sum + one, 0);
  assert.ok(Math.abs(whole - 1000) < 1);
  assert.equal(densityOf(x, y, null).length, CELLS * CELLS);
});

test("each line holds the share of the sounds that it is named by", () => {
  const { x, y } = heaps(2000);
  const density = densityOf(x, y, null);
  const whole = density.reduce((sum, one) => sum + one, 0);
  levelsOf(density).forEach((level, at) => {
    const within = density.filter((one) => one >= level).reduce((sum, one) => sum + one, 0) / whole;
    assert.ok(Math.abs(within - (WITHIN[at] as number)) < 0.03, `${within} within the line of ${WITHIN[at]}`);
  });
});

test("lines close around both heaps, the innermost around the larger alone", () => {
  const { x, y } = heaps(2000);
  const lines = linesOf(densityOf(x, y, null));
  assert.deepEqual(lines.map((one) => one.within), [...WITHIN]);
  for (const ring of lines.flatMap((one) => one.rings)) assert.deepEqual(ring[0], ring.at(-1));
  const sides = (at: number) => new Set(lines[at]?.rings.map((ring) => Math.sign(ring[0]?.[0] as number)));
  assert.deepEqual([sides(0).size, [...sides(3)]], [2, [-1]]);
});

test("only what is shown counts; where nothing is, there are no lines", () => {
  const { x, y } = heaps(400);
  const right = [...x.keys()].filter((at) => at % 4 === 0);
  for (const ring of linesOf(densityOf(x, y, right)).flatMap((one) => one.rings)) assert.ok(ring.every(([across]) => across > 0));
  assert.deepEqual(linesOf(densityOf(x, y, [])), []);
});
