import assert from "node:assert/strict";
import { test } from "node:test";

import type { Api } from "../../src/api/api.ts";
import { cellText, ColumnValues, keptColumns, type ListColumn } from "../../src/list/columns.ts";
import { byOwn, ColumnedRows, IdListing, RowListing } from "../../src/list/listings.ts";
import { nextSort } from "../../src/list/list_tools.ts";

const column = (name: string, decimals = 0): ListColumn => ({ name, label: name, unit: "", about: "", decimals });
const THERE = ["duration_s", "tempo", "format"].map((name) => column(name));

/** A server of a hundred sounds, whose tempo is their id; those of every tenth isn't known. */
function server(): { api: Api; asked: { path: string; body: { sample_ids: number[] } }[] } {
  const asked: { path: string; body: { sample_ids: number[] } }[] = [];
  const post = async (path: string, body: { sample_ids: number[]; columns?: string[] }) => {
    asked.push({ path, body });
    if (path === "api/samples/order") return { sample_ids: [...body.sample_ids].sort((a, b) => b - a) };
    const there = body.sample_ids.filter((id) => id <= 100);
    const samples = there.map((sample_id) => ({ sample_id, path: `${sample_id}.wav`, duration_s: 1, format: "", status: "ok" }));
    return { samples, columns: { tempo: there.map((id) => (id % 10 ? id : null)) } };
  };
  return { api: { post } as unknown as Api, asked };
}

test("columns that were kept are shown, in their usual order, as far as there are any", () => {
  assert.deepEqual(keptColumns(null, THERE), ["duration_s"]);
  assert.deepEqual(keptColumns('["tempo","duration_s","gone"]', THERE), ["duration_s", "tempo"]);
  assert.deepEqual(keptColumns("[]", THERE), []);
  assert.deepEqual([keptColumns("{", THERE), keptColumns('"tempo"', THERE)], [["duration_s"], ["duration_s"]]);
});

test("cells show numbers with the decimals of their column, texts as they are, and nothing for nothing", () => {
  assert.deepEqual([cellText(column("gap", 2), -0.125), cellText(column("bytes"), 1234567)], ["\u22120.13", "1,234,567"]);
  assert.deepEqual([cellText(column("added_at"), "2026-11-28T08:00:00"), cellText(column("key"), "C# minor")], ["2026-11-28", "C# minor"]);
  assert.equal(cellText(column("tempo"), null), "");
});

test("a head goes through both orders and back to the list's own", () => {
  const first = nextSort(null, "tempo");
  assert.deepEqual(first, { column: "tempo", descending: true });
  assert.deepEqual(nextSort(first, "tempo"), { column: "tempo", descending: false });
  assert.equal(nextSort({ column: "tempo", descending: false }, "tempo"), null);
  assert.deepEqual(nextSort(first, "path"), { column: "path", descending: false });
  assert.deepEqual(nextSort(null, "score"), { column: "score", descending: false });
});

test("what rows tell themselves is sorted here: equals by id, unknown ones last", () => {
  const rows = [[3, 1], [1, null], [2, 5], [4, 1]].map(([sample_id, gap]) => ({ sample_id: sample_id as number, gap }));
  const ids = (descending: boolean) => byOwn(rows, { column: "gap", descending }).map((row) => row.sample_id);
  assert.deepEqual([ids(false), ids(true)], [[3, 4, 2, 1], [2, 3, 4, 1]]);
});

test("ids are put in order by the server, and only rows in sight are asked for", async () => {
  const { api, asked } = server();
  const rows = await new IdListing(api, [5, 99, 7]).rows({ column: "tempo", descending: true });
  assert.deepEqual([0, 1, 2].map((at) => rows.id?.(at)), [99, 7, 5]);
  await rows.need(0, 1);
  assert.equal(rows.at(0)?.path, "99.wav");
  assert.deepEqual(asked.map((one) => one.path), ["api/samples/order", "api/samples"]);
});

test("a sound that is gone keeps its place", async () => {
  const rows = await new IdListing(server().api, [5, 5000, 7]).rows(null);
  await rows.need(0, 3);
  assert.deepEqual([rows.length, rows.at(1)?.path, rows.at(2)?.path], [3, "(not in the library any more)", "7.wav"]);
});

test("rows are there once their columns are, which are asked for once", async () => {
  const { api, asked } = server();
  const values = new ColumnValues(api, ["tempo"]);
  const inner = await new RowListing(api, [1, 10, 1].map((sample_id) => ({ sample_id, path: "", duration_s: 1, format: "", status: "ok" }))).rows(null);
  const rows = new ColumnedRows(inner, values);
  assert.equal(rows.at(0), undefined);
  await Promise.all([rows.need(0, 3), rows.need(1, 3)]);
  assert.deepEqual(asked.map((one) => one.body.sample_ids), [[1, 10]]);
  const [first, second] = [rows.at(0), rows.at(1)];
  assert.ok(first && second);
  assert.deepEqual([values.of(first, "tempo"), values.of(second, "tempo"), values.of(first, "duration_s")], [1, null, 1]);
});
