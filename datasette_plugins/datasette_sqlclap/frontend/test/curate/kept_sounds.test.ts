import assert from "node:assert/strict";
import { test } from "node:test";

import { KeptSounds, becomesFavourite, ratingOf, type Kept } from "../../src/curate/kept_sounds.ts";

const kept = (sample_id: number, more: Partial<Kept> = {}): Kept => ({ sample_id, favourite: false, rating: null, note: null, collections: [], ...more });

function asked(): { sounds: KeptSounds; questions: number[][] } {
  const questions: number[][] = [];
  const sounds = new KeptSounds((ids) => {
    questions.push(ids);
    return Promise.resolve(ids.map((id) => kept(id, { rating: id })));
  });
  return { sounds, questions };
}

test("rows that come into sight together are asked for together", async () => {
  const { sounds, questions } = asked();
  const told: (readonly number[])[] = [];
  sounds.changed = (ids) => told.push(ids);
  assert.deepEqual([sounds.at(1), sounds.at(2), sounds.at(1)], [undefined, undefined, undefined]);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([questions, told], [[[1, 2]], [[1, 2]]]);
  assert.equal(sounds.at(2)?.rating, 2);
});

test("many are asked for in parts, and what is known is not asked for", async () => {
  const { sounds, questions } = asked();
  await sounds.of([7]);
  const ids = [...Array(1100).keys()].map((id) => id + 1);
  assert.equal((await sounds.of(ids)).length, 1100);
  assert.deepEqual(questions.map((one) => one.length), [1, 500, 500, 99]);
});

test("what was written is asked for anew", async () => {
  const { sounds, questions } = asked();
  await sounds.of([1, 2]);
  sounds.forget([1]);
  await sounds.of([1, 2]);
  assert.deepEqual(questions, [[1, 2], [1]]);
});

test("an answer from before a write is not believed", async () => {
  const answers: (() => void)[] = [];
  let rating = 1;
  const sounds = new KeptSounds((ids) => {
    const told = ids.map((id) => kept(id, { rating }));
    return new Promise((done) => answers.push(() => done(told)));
  });
  const asking = sounds.of([1]);
  rating = 2;
  sounds.forget([1]);
  answers.shift()?.();
  await new Promise((resolve) => setTimeout(resolve));
  answers.shift()?.();
  assert.equal((await asking)[0]?.rating, 2);
  assert.equal(sounds.known(1)?.rating, 2);
});

test("the same stars again take them away, where all have them", () => {
  assert.equal(ratingOf([kept(1, { rating: 3 })], 3), null);
  assert.equal(ratingOf([kept(1, { rating: 3 }), kept(2)], 3), 3);
  assert.equal(ratingOf([], 3), 3);
});

test("of several, all become favourites before none is one", () => {
  assert.equal(becomesFavourite([kept(1, { favourite: true }), kept(2)]), true);
  assert.equal(becomesFavourite([kept(1, { favourite: true })]), false);
});
