/** Where a list's rows come from: all at once, or page by page as they come into sight. */

export interface RowSource<Row> {
  /** Rows known of so far; with those that a page more may bring while there may be one. */
  readonly length: number;
  /** Whether `length` is the true count. */
  readonly ended: boolean;
  /** A row, or nothing while its page is on the way. */
  at(index: number): Row | undefined;
  /** The id of a row's sound, where it is known before the row. */
  id?(index: number): number | undefined;
  /** Asks for rows from one place up to before another; tells whether there was anything to ask for. */
  need(from: number, to: number): Promise<boolean>;
}

export class RowArray<Row> implements RowSource<Row> {
  readonly ended = true;

  constructor(private readonly rows: readonly Row[]) {}

  get length(): number {
    return this.rows.length;
  }

  at(index: number): Row | undefined {
    return this.rows[index];
  }

  async need(): Promise<boolean> {
    return false;
  }
}

export type FetchPage<Row> = (offset: number, n: number) => Promise<readonly Row[]>;

/** Pages of an answer that tells no total: it has ended where a page is not full. */
export class RowPages<Row> implements RowSource<Row> {
  private readonly pages = new Map<number, readonly Row[]>();
  private readonly asked = new Map<number, Promise<void>>();
  private last: number | null = null;

  /**
   * @param total of rows, where it is known before
   */
  constructor(
    private readonly fetchPage: FetchPage<Row>,
    readonly pageSize: number,
    private readonly total: number | null = null,
  ) {}

  get ended(): boolean {
    return this.total !== null || this.last !== null;
  }

  get length(): number {
    if (this.total !== null) return this.total;
    if (this.last !== null) return this.last;
    const pages = [...this.pages.keys()];
    return (pages.length ? Math.max(...pages) + 2 : 1) * this.pageSize;
  }

  at(index: number): Row | undefined {
    return this.pages.get(Math.floor(index / this.pageSize))?.[index % this.pageSize];
  }

  id(_index: number): number | undefined {
    return undefined;
  }

  async need(from: number, to: number): Promise<boolean> {
    const until = Math.min(to, this.length);
    const missing: Promise<void>[] = [];
    for (let page = Math.floor(from / this.pageSize); page * this.pageSize < until; page += 1) {
      if (!this.pages.has(page)) missing.push(this.ask(page));
    }
    await Promise.all(missing);
    return missing.length > 0;
  }

  private ask(page: number): Promise<void> {
    const under_way = this.asked.get(page);
    if (under_way) return under_way;
    const asking = this.take(page).finally(() => this.asked.delete(page));
    this.asked.set(page, asking);
    return asking;
  }

  private async take(page: number): Promise<void> {
    const rows = await this.fetchPage(page * this.pageSize, this.pageSize);
    this.pages.set(page, rows);
    if (rows.length < this.pageSize) this.last = Math.min(this.last ?? Infinity, page * this.pageSize + rows.length);
  }
}
