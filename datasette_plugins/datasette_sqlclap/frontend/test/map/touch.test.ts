import assert from "node:assert/strict";
import { test } from "node:test";

import { middle, pinch } from "../../src/map/touch.ts";

test("two fingers that spread grow the map about their middle", () => {
  const grown = pinch([[10, 10], [30, 10]], [[0, 10], [40, 10]]);
  assert.deepEqual(grown, { dx: 0, dy: 0, by: 2 });
  assert.deepEqual(middle([0, 10], [40, 30]), [20, 20]);
});

test("two fingers that go together move it", () => {
  assert.deepEqual(pinch([[0, 0], [10, 0]], [[5, 7], [15, 7]]), { dx: 5, dy: 7, by: 1 });
});

test("fingers that meet don't divide by nothing", () => {
  assert.ok(Number.isFinite(pinch([[3, 3], [3, 3]], [[0, 0], [8, 0]]).by));
});
