import assert from "node:assert/strict";
import test from "node:test";

import createKDBushClass from "../../node_modules/regl-scatterplot/src/kdbush-class.js";
import { emptyIndex } from "../../src/map/point_index.ts";
import { indexOf } from "../../src/spatial_index.ts";

const KDBush = createKDBushClass();

for (const count of [0, 1, 3, 1000, 70_000]) {
  test(`an index of ${count} points finds none at first, and all once it is filled in`, () => {
    const x = Float32Array.from({ length: count }, (_, at) => Math.sin(at));
    const y = Float32Array.from({ length: count }, (_, at) => Math.cos(3 * at));
    const index = emptyIndex(count);
    const held = KDBush.from(index);
    assert.deepEqual(held.range(-2, -2, 2, 2), []);
    const made = indexOf(x, y);
    assert.equal(made.byteLength, index.byteLength);
    assert.deepEqual(new Uint8Array(made, 0, 8), new Uint8Array(index, 0, 8));
    new Uint8Array(index).set(new Uint8Array(made));
    assert.equal(held.range(-2, -2, 2, 2).length, count);
    const near = held.range(0, 0, 0.5, 0.5).sort((one, other) => one - other);
    assert.deepEqual(near, [...x.keys()].filter((at) => x[at]! >= 0 && x[at]! <= 0.5 && y[at]! >= 0 && y[at]! <= 0.5));
  });
}
