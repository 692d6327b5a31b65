/** What a list lists: it can be had in its own order, or in that of any column. */

import type { Api } from "../api/api.ts";
import type { ListedSample } from "../api/answers.ts";
import type { ColumnValues, Sort } from "./columns.ts";
import type { ListedMatch } from "./sound_row.ts";
import { RowArray, RowPages, type RowSource } from "./row_source.ts";

const PAGE = 200;

export interface Listing {
  /** Rows in an order; null stands for the listing's own. */
  rows(sort: Sort | null): Promise<RowSource<ListedMatch>>;
  /** What of it is exported and played: as many as it has been said to hold. */
  readonly count: number;
}

/** As the API takes an order. */
export function sortText({ column, descending }: Sort): string {
  return `${column}:${descending ? "desc" : "asc"}`;
}

/** Sounds by their ids: a selection, a cluster, all. */
export class IdListing implements Listing {
  constructor(
    private readonly api: Api,
    private readonly ids: ArrayLike<number>,
  ) {}

  get count(): number {
    return this.ids.length;
  }

  async rows(sort: Sort | null): Promise<RowSource<ListedMatch>> {
    return new IdRows(this.api, sort ? await idsInOrder(this.api, this.ids, sort) : this.ids);
  }
}

/** Rows of which the ids are known before they are asked for. */
export class IdRows extends RowPages<ListedMatch> {
  constructor(
    api: Api,
    private readonly ids: ArrayLike<number>,
  ) {
    super(
      async (offset, n) => {
        const sample_ids = Array.prototype.slice.call(ids, offset, offset + n) as number[];
        if (!sample_ids.length) return [];
        const found = new Map((await api.post("api/samples", { sample_ids })).samples.map((row) => [row.sample_id, row]));
        return sample_ids.map((id) => found.get(id) ?? gone(id));
      },
      PAGE,
      ids.length,
    );
  }

  override id(index: number): number | undefined {
    return this.ids[index];
  }
}

function gone(sample_id: number): ListedSample {
  return { sample_id, path: "(not in the library any more)", duration_s: null, format: null, status: "missing" };
}

/** All sounds are named by naming none: ids of a million take their time on the way. */
async function idsInOrder(api: Api, ids: ArrayLike<number>, sort: Sort): Promise<number[]> {
  const order = async (named: { sample_ids?: number[] }) => (await api.post("api/samples/order", { sort: sortText(sort), ...named })).sample_ids;
  if (ids.length !== api.samples) return order({ sample_ids: Array.from(ids) });
  const all = await order({});
  if (all.length === ids.length) return all;
  const listed = new Set(Array.from(ids)); // some have come meanwhile
  return all.filter((one) => listed.has(one));
}

/** Rows that are here already: matches of a label, anchors, events. */
export class RowListing implements Listing {
  constructor(
    private readonly api: Api,
    private readonly all: readonly ListedMatch[],
  ) {}

  get count(): number {
    return this.all.length;
  }

  async rows(sort: Sort | null): Promise<RowSource<ListedMatch>> {
    if (!sort) return new RowArray(this.all);
    if (this.all.every((row) => sort.column in row)) return new RowArray(byOwn(this.all, sort));
    const ids = await idsInOrder(this.api, [...new Set(this.all.map((row) => row.sample_id))], sort);
    const places = new Map(ids.map((id, place) => [id, place]));
    const place = (row: ListedMatch) => places.get(row.sample_id) ?? Infinity;
    return new RowArray([...this.all].sort((one, other) => place(one) - place(other)));
  }
}

/** As the server orders: by value, then by id; without a value last, whichever way. */
export function byOwn<Row extends { sample_id: number }>(rows: readonly Row[], { column, descending }: Sort): Row[] {
  const value = (row: Row) => (row as Record<string, unknown>)[column] as string | number | null;
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null) || one.sample_id - other.sample_id;
    const order = a < b ? -1 : a > b ? 1 : 0;
    return (descending ? -order : order) || one.sample_id - other.sample_id;
  });
}

/** Rows that count as there once their columns are. */
export class ColumnedRows implements RowSource<ListedMatch> {
  constructor(
    private readonly inner: RowSource<ListedMatch>,
    private readonly values: ColumnValues,
  ) {}

  get length(): number {
    return this.inner.length;
  }

  get ended(): boolean {
    return this.inner.ended;
  }

  at(index: number): ListedMatch | undefined {
    const row = this.inner.at(index);
    return row && this.values.holds(row) ? row : undefined;
  }

  id(index: number): number | undefined {
    return this.inner.id?.(index) ?? this.inner.at(index)?.sample_id;
  }

  async need(from: number, to: number): Promise<boolean> {
    const asked = await this.inner.need(from, to);
    const [first, last] = [Math.floor(from / PAGE) * PAGE, Math.min(Math.ceil(to / PAGE) * PAGE, this.inner.length)];
    const rows: ListedMatch[] = [];
    for (let index = first; index < last; index += 1) {
      const row = this.inner.at(index);
      if (row && !this.values.holds(row)) rows.push(row);
    }
    if (rows.length) await this.values.need(rows);
    return asked || rows.length > 0;
  }
}
