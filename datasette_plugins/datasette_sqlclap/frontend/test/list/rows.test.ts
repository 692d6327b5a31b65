import assert from "node:assert/strict";
import { test } from "node:test";

import { RowPages } from "../../src/list/row_source.ts";
import { RowSelection } from "../../src/list/row_selection.ts";
import { stretchOf, trackOf, type ListedMatch } from "../../src/list/sound_row.ts";

/** Pages of the numbers below `total`, and which pages were asked for. */
function numbers(total: number, size: number, known: number | null = null): { pages: RowPages<number>; asked: number[] } {
  const asked: number[] = [];
  const pages = new RowPages<number>(
    async (offset, n) => {
      asked.push(offset);
      return Array.from({ length: Math.max(0, Math.min(n, total - offset)) }, (_, at) => offset + at);
    },
    size,
    known,
  );
  return { pages, asked };
}

test("pages are asked for once, where they are needed", async () => {
  const { pages, asked } = numbers(95, 10);
  assert.equal(await pages.need(0, 10), true);
  assert.equal(await pages.need(0, 10), false);
  await Promise.all([pages.need(5, 12), pages.need(11, 15)]);
  assert.deepEqual(asked, [0, 10]);
  assert.equal(pages.at(11), 11);
  assert.equal(pages.at(25), undefined);
});

test("a list without a known total ends where a page is not full", async () => {
  const { pages } = numbers(25, 10);
  await pages.need(0, 1);
  assert.deepEqual([pages.ended, pages.length], [false, 20]);
  await pages.need(10, 11);
  await pages.need(20, 21);
  assert.deepEqual([pages.ended, pages.length], [true, 25]);
});

test("a list that ends with a full page ends there", async () => {
  const { pages } = numbers(20, 10);
  for (const from of [0, 10, 20]) await pages.need(from, from + 1);
  assert.deepEqual([pages.ended, pages.length], [true, 20]);
});

test("an empty answer is an empty list", async () => {
  const { pages } = numbers(0, 10);
  await pages.need(0, 1);
  assert.deepEqual([pages.ended, pages.length], [true, 0]);
});

test("a page that failed is asked for again", async () => {
  let fails = true;
  const pages = new RowPages<number>(async () => {
    if (fails) throw new Error("busy");
    return [7];
  }, 10);
  await assert.rejects(pages.need(0, 1), /busy/);
  fails = false;
  await pages.need(0, 1);
  assert.equal(pages.at(0), 7);
});

const IDS = [10, 11, 12, 13, 14, 15];
const between = (from: number, to: number) => IDS.slice(from, to + 1);
const ALONE = { range: false, beside: false };
const BESIDE = { range: false, beside: true };
const RANGE = { range: true, beside: false };

test("a click selects one, with Ctrl one beside others, and takes it out again", () => {
  const selection = new RowSelection(new Set());
  selection.take(1, ALONE, between);
  selection.take(3, BESIDE, between);
  assert.deepEqual([...selection.ids], [11, 13]);
  selection.take(1, BESIDE, between);
  assert.deepEqual([...selection.ids], [13]);
  selection.take(5, ALONE, between);
  assert.deepEqual([...selection.ids], [15]);
});

test("Shift selects from the last click, up or down, and gives back what it took before", () => {
  const selection = new RowSelection(new Set());
  selection.take(2, ALONE, between);
  selection.take(4, RANGE, between);
  assert.deepEqual([...selection.ids].sort(), [12, 13, 14]);
  selection.take(1, RANGE, between);
  assert.deepEqual([...selection.ids].sort(), [11, 12]);
});

test("Shift with Ctrl keeps what was selected elsewhere", () => {
  const selection = new RowSelection(new Set([99]));
  selection.take(0, BESIDE, between);
  selection.take(2, { range: true, beside: true }, between);
  selection.take(1, { range: true, beside: true }, between);
  assert.deepEqual([...selection.ids].sort(), [10, 11, 99]);
});

test("a stretch is played from its start to its end, a whole sound as a whole", () => {
  const whole = { sample_id: 3, path: "a/kick.wav", duration_s: 1, format: null, status: "ok" };
  const event = { ...whole, start_s: 2, end_s: 4.5 };
  assert.deepEqual(trackOf(whole as ListedMatch), { id: 3, name: "a/kick.wav" });
  assert.deepEqual(trackOf(event as ListedMatch), { id: 3, name: "a/kick.wav", from: 2, until: 4.5 });
  assert.equal(stretchOf({ ...whole, start_s: null, end_s: null } as ListedMatch), null);
  assert.equal(stretchOf(undefined), null);
});
