import assert from "node:assert/strict";
import { test } from "node:test";

import { colours, fill, noiseLevel } from "../../src/spectrogram/picture.ts";
import { TileStore, type TileName } from "../../src/spectrogram/tiles.ts";

const tile = (at: number): TileName => ({ nFft: 1024, level: 3, tile: at });
const settled = () => new Promise((done) => setTimeout(done));

test("what is in view is fetched, few at a time; what is not any more is let go", async () => {
  const asked: number[] = [];
  const given: (() => void)[] = [];
  const store = new TileStore((name, signal) => {
    asked.push(name.tile);
    return new Promise((done, fail) => {
      signal.addEventListener("abort", () => fail(new Error("left")));
      given.push(() => done(Uint8Array.of(name.tile)));
    });
  }, () => {});
  store.want([0, 1, 2, 3, 4, 5, 6].map(tile));
  assert.deepEqual(asked, [0, 1, 2, 3, 4]);
  store.want([2, 7].map(tile));
  await settled();
  assert.deepEqual(asked, [0, 1, 2, 3, 4, 7]);
  given.forEach((give) => give());
  await settled();
  assert.deepEqual([store.get(tile(2)), store.get(tile(7)), store.get(tile(0))], [Uint8Array.of(2), Uint8Array.of(7), null]);
  assert.equal(store.failure(tile(0)), null);
  store.want([2, 7].map(tile));
  assert.equal(asked.length, 6);
});

test("what can't be had says why, and is asked for again on demand", async () => {
  let tries = 0;
  const store = new TileStore(() => Promise.reject(new Error(`the file is gone ${(tries += 1)}`)), () => {});
  store.want([tile(1)]);
  await settled();
  store.want([tile(1)]);
  assert.equal(store.failure(tile(1)), "the file is gone 1");
  store.retry();
  store.want([tile(1)]);
  await settled();
  assert.equal(store.failure(tile(1)), "the file is gone 2");
});

test("brightness and contrast change colours alone", () => {
  const look = { brightness: 0.5, contrast: 0.5, dark: true };
  const table = colours(look, 100);
  assert.equal(table[0], table[100]);
  assert.notEqual(table[100], table[180]);
  assert.equal(colours({ ...look, brightness: 0.8 }, 100)[100], table[160]);
});

test("a row shows its strongest bin", () => {
  const image = new Uint32Array(4);
  const table = Uint32Array.from({ length: 256 }, (_, level) => level);
  fill(image, Uint8Array.of(1, 2, 3, 4, 50, 6, 7, 8), Uint16Array.of(2, 3, 0, 1), table, 4);
  assert.deepEqual([...image], [4, 8, 2, 50]);
});

test("noise is the level of half the picture", () => {
  assert.equal(noiseLevel([Uint8Array.from({ length: 700 }, (_, at) => (at < 400 ? 90 : 200))]), 90);
  assert.equal(noiseLevel([new Uint8Array(70)]), 0);
});
