import assert from "node:assert/strict";
import { test } from "node:test";

import { PLANE, robustBounds, viewOf, type Bounds } from "../../src/map/bounds.ts";

/** Points of a square grid around a middle. */
function square(x: number, y: number, side: number, count: number): [number, number][] {
  const n = Math.round(Math.sqrt(count));
  return Array.from({ length: n * n }, (_, at) => [x + side * ((at % n) / (n - 1) - 0.5), y + side * (Math.floor(at / n) / (n - 1) - 0.5)]);
}

function bounds(points: [number, number][]): Bounds {
  return robustBounds(Float32Array.from(points, (one) => one[0]), Float32Array.from(points, (one) => one[1]));
}

function holds({ left, right, bottom, top }: Bounds, points: [number, number][]): boolean {
  return points.every(([x, y]) => x >= left && x <= right && y >= bottom && y <= top);
}

test("two groups far out don't squash the others", () => {
  const [most, one, other] = [square(0.1, 0, 0.5, 1444), square(-0.95, 0.9, 0.05, 25), square(0.97, -0.9, 0.04, 25)];
  const found = bounds([...most, ...one, ...other]);
  assert.ok(holds(found, most));
  assert.ok(found.right - found.left < 0.6 && found.top - found.bottom < 0.6);
});

test("single points far out count for nothing among thousands", () => {
  const most = square(0, 0.2, 0.6, 10_000);
  const found = bounds([...most, [-1, -1], [1, 1], [0.9, -1]]);
  assert.ok(holds(found, most.slice(200, -200)));
  assert.ok(found.right - found.left < 0.7);
});

test("where nothing lies far out, all of it is shown", () => {
  assert.deepEqual(bounds(square(0, 0, 1.9, 2500)), PLANE);
  // Groups that hold a good part of the sounds stay in sight, as far apart as they may be.
  assert.deepEqual(bounds([...square(-0.9, -0.9, 0.1, 400), ...square(0.9, 0.9, 0.1, 2500)]), PLANE);
});

test("few points are all shown", () => {
  assert.deepEqual(bounds([[-0.9, 0], [0, 0.1], [0.9, -0.9], [0.1, 0.9]]), PLANE);
  assert.deepEqual(robustBounds([], []), PLANE);
  assert.ok(holds(bounds([[0.2, 0.2]]), [[0.2, 0.2]]));
});

test("a view shows its bounds in wide and in narrow windows", () => {
  assert.deepEqual(viewOf(PLANE, 1200, 800), [0, 0, 1]);
  assert.deepEqual(viewOf(PLANE, 390, 780), [0, 0, 2]);
  const [x, y, distance] = viewOf({ left: 0, right: 0.5, bottom: -0.25, top: 0 }, 1000, 500);
  assert.deepEqual([x, y, distance], [0.25, -0.125, 0.125]);
});

test("what tools cover at the top of a low window is left free", () => {
  const covered = 80;
  const [x, y, distance] = viewOf(PLANE, 600, 320, covered);
  // From the plane to the window, as the camera does.
  const top = (1 - (1 - y) / distance) * (320 / 2);
  const bottom = (1 - (-1 - y) / distance) * (320 / 2);
  assert.equal(x, 0);
  assert.deepEqual([Math.round(top), Math.round(bottom)], [80, 320]);
});
