/** The one list of the page: sounds that were found, selected or matched, played and chosen by pointer and keys. */

import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { Keeping } from "../curate/keeping.ts";
import { el, orSay, say } from "../page/elements.ts";
import type { Track } from "../player/player.ts";
import { ColumnValues, ListColumns, type ListColumn, type Sort } from "./columns.ts";
import { Exporter, isOfSpans, MOST_EXPORTED, MOST_SPANS, type Format } from "./exports.ts";
import { ColumnedRows, type Listing } from "./listings.ts";
import { ListTools } from "./list_tools.ts";
import { RowArray, type RowSource } from "./row_source.ts";
import { RowSelection, type Modifiers } from "./row_selection.ts";
import { SoundRow, spectrogramLink, stretchOf, trackOf, type ListedMatch, type ListHandlers } from "./sound_row.ts";
import { Undo } from "../undo/undo.ts";
import { VirtualList, type RowElement } from "./virtual_list.ts";

const ROW_HEIGHT = 42;
/** "Select all" and ranges of rows whose ids aren't known fetch what they take in: this many at most. */
const MOST_SELECTED = 50_000;
const MOST_PLAYED = 1000;
/** A row that only passes below the pointer, while the list is scrolled, is not shown on the map. */
const HOVER_MS = 60;

/** What all lists of a page share. */
export interface ListContext {
  api: Api;
  columns: ListColumns;
  exporter: Exporter;
  /** What is selected, on the map as well. */
  ids: Set<number>;
  keeping: Keeping;
  undo: Undo;
}

export function listContext(api: Api, config: Config): ListContext {
  const keeping = new Keeping(api, { read: config.readsKept, write: config.mayLabel });
  return { api, columns: new ListColumns(config), exporter: new Exporter(api, config), ids: new Set(), keeping, undo: new Undo(api, config.mayLabel) };
}

export interface SoundListHandlers extends ListHandlers {
  /** Other sounds are selected. */
  selected(): void;
  /** Sounds are to be played one after the other. */
  playThrough(tracks: Track[]): void;
  /** What stands at the end of a row besides. */
  besides?(row: ListedMatch): HTMLElement | null;
}

/** A part of another view, as tall as its rows, instead of a list with columns that scrolls by itself. */
export interface Short {
  rows: number;
}

export class SoundList {
  private readonly rows: VirtualList<ListedMatch>;
  private readonly selection: RowSelection;
  private readonly tools: ListTools | null;
  private listing: Listing | null = null;
  private inner: RowSource<ListedMatch> | null = null;
  private values: ColumnValues;
  private shown: ListColumn[] = [];
  private sort: Sort | null = null;
  private turn = 0;
  /** Other rows are on their way: what is done with all of them waits for these. */
  private ordering: Promise<void> = Promise.resolve();
  private now = -1;
  private hovering = 0;
  private over = { id: -1, place: "" };

  constructor(
    box: HTMLElement,
    name: string,
    private readonly context: ListContext,
    private readonly handlers: SoundListHandlers,
    private readonly short: Short | null = null,
  ) {
    this.selection = new RowSelection(context.ids);
    const scrolled = el("div", { class: "rows" });
    this.rows = new VirtualList<ListedMatch>(scrolled, name, {
      make: () => this.made(),
      rested: () => this.rows.redraw(),
      height: ROW_HEIGHT,
      ...(short ? { tallest: short.rows } : {}),
      failed: (error) => say(error.message, "error"),
    });
    this.values = new ColumnValues(context.api, []);
    this.tools = short ? null : this.madeTools(box, scrolled);
    if (short) box.replaceChildren(scrolled);
    this.rows.list.addEventListener("keydown", (event) => this.key(event));
    context.columns.addEventListener("change", () => this.dress(false));
  }

  /** Shows a listing from its top, in its own order; or anew, as it was sorted and scrolled. */
  async show(listing: Listing, isNew = true): Promise<void> {
    this.listing = listing;
    if (isNew) {
      this.sort = null;
      this.now = -1;
      this.rows.show(new RowArray([])); // those of another list don't stand under the new heading
    }
    this.selection.reset();
    await this.order(isNew);
  }

  /** Takes the next or previous sound in hand, and plays it. */
  async step(by: number): Promise<void> {
    await this.goTo(this.now + by);
  }

  /** Marks the row of the sound in hand, where it is in sight. */
  mark(id: number | null): void {
    if (this.rows.row(this.now)?.sample_id !== id) this.now = this.find(id);
    this.rows.redraw();
    if (this.now >= 0 && !this.short) this.rows.reveal(this.now);
  }

  /** What is selected has changed elsewhere. */
  redraw(): void {
    this.tell();
    this.rows.redraw();
  }

  private madeTools(box: HTMLElement, scrolled: HTMLElement): ListTools {
    const tools = new ListTools(this.context.columns, this.context.exporter, {
      sort: (sort) => this.sortBy(sort),
      exported: (format) => this.run(() => this.exported(format)),
      playThrough: () => this.run(async () => this.handlers.playThrough(await this.tracks())),
    });
    box.classList.add("sounds");
    box.replaceChildren(tools.bar, el("div", { class: "table" }, tools.heads, scrolled));
    return tools;
  }

  private sortBy(sort: Sort | null): void {
    this.sort = sort;
    this.now = -1;
    this.run(() => this.order(true));
  }

  private order(fromTop: boolean): Promise<void> {
    this.ordering = this.arrange(fromTop);
    return this.ordering;
  }

  /** Asks for the rows in the order that is wanted; only the last order counts. */
  private async arrange(fromTop: boolean): Promise<void> {
    const turn = (this.turn += 1);
    const inner = await this.listing?.rows(this.sort);
    if (!inner || turn !== this.turn) return;
    await inner.need(0, 1); // what rows tell themselves decides the columns
    if (turn !== this.turn) return;
    this.inner = inner;
    this.dress(fromTop);
  }

  /** Puts the rows under the columns that are chosen. */
  private dress(fromTop: boolean): void {
    if (!this.inner) return;
    const { columns } = this.context;
    const first = this.inner.at(0);
    this.shown = this.short ? columns.shownOf(first).filter((one) => one.name === "score") : columns.shownOf(first);
    this.values = new ColumnValues(this.context.api, this.short ? [] : columns.asked);
    this.tools?.draw(this.shown, this.sort, stretchOf(first) !== null);
    this.tell();
    this.rows.show(new ColumnedRows(this.inner, this.values), fromTop);
  }

  private tell(): void {
    const chosen = this.context.ids.size;
    this.tools?.tell(chosen ? `${chosen.toLocaleString("en")} selected` : "");
  }

  private find(id: number | null): number {
    for (let index = 0; id !== null && index < this.rows.length; index += 1) {
      const found = this.rows.row(index)?.sample_id;
      if (found === undefined) return -1; // rows below it are not known yet
      if (found === id) return index;
    }
    return -1;
  }

  private async goTo(index: number, modifiers?: Modifiers): Promise<void> {
    const target = Math.max(0, Math.min(this.rows.length - 1, index));
    const [row] = await this.rows.fetch(target, target);
    if (!row) return;
    this.now = target;
    if (modifiers) await this.select(target, modifiers);
    this.handlers.open(row.sample_id, row);
    this.rows.reveal(target);
    this.rows.list.setAttribute("aria-activedescendant", this.rows.elementOf(target)?.id ?? "");
  }

  private async select(index: number, modifiers: Modifiers): Promise<void> {
    const from = modifiers.range ? Math.min(this.selection.anchor, index) : index;
    const to = modifiers.range ? Math.max(this.selection.anchor, index) : index;
    await this.needIds(from, to);
    this.selection.take(index, modifiers, (first, last) => this.idsBetween(first, last));
    this.handlers.selected();
    this.redraw();
  }

  private async needIds(first: number, last: number): Promise<void> {
    if (this.inner?.id?.(first) === undefined || this.inner.id(last) === undefined) await this.inner?.need(first, last + 1);
  }

  private idsBetween(first: number, last: number): number[] {
    const ids: number[] = [];
    for (let index = first; index <= last; index += 1) {
      const id = this.inner?.id?.(index) ?? this.inner?.at(index)?.sample_id;
      if (id !== undefined) ids.push(id);
    }
    return ids;
  }

  /** Ids of the first rows, in the order that is shown. */
  private async firstIds(most: number): Promise<number[]> {
    await this.ordering;
    const inner = this.inner;
    if (!inner) return [];
    if (inner.id?.(0) === undefined) while (!inner.ended && inner.length < most) await inner.need(0, inner.length);
    const last = Math.min(inner.length, most) - 1;
    await this.needIds(0, last);
    return this.idsBetween(0, last);
  }

  private async selectAll(): Promise<void> {
    const most = this.inner?.id?.(0) === undefined ? MOST_SELECTED : Infinity;
    const ids = await this.firstIds(most);
    for (const id of ids) this.context.ids.add(id);
    this.handlers.selected();
    this.redraw();
    if (ids.length === MOST_SELECTED) say(`The first ${MOST_SELECTED.toLocaleString("en")} are selected`);
  }

  /** What is selected, else all that the list has been said to hold. */
  private async exported(format: Format): Promise<void> {
    const { ids, exporter } = this.context;
    if (isOfSpans(format) && stretchOf(this.inner?.at(0))) return exporter.runSpans(format, await this.listed());
    const most = Math.min(MOST_EXPORTED + 1, this.listing?.count ?? 0);
    const all = ids.size ? await this.inOrder(ids) : await this.firstIds(most);
    await exporter.run(format, [...new Set(all)]);
  }

  /** Rows of what is selected, else all that the list has been said to hold. */
  private async listed(): Promise<ListedMatch[]> {
    await this.ordering;
    const { ids } = this.context;
    const most = Math.min(MOST_SPANS, this.listing?.count ?? 0);
    await this.inner?.need(0, most);
    const rows: ListedMatch[] = [];
    for (let index = 0; index < most; index += 1) {
      const row = this.inner?.at(index);
      if (row && (!ids.size || ids.has(row.sample_id))) rows.push(row);
    }
    return rows;
  }

  /** Selected sounds as this list has them, then those that it hasn't. */
  private async inOrder(ids: ReadonlySet<number>): Promise<number[]> {
    const here = this.idsBetween(0, Math.min(this.rows.length, MOST_EXPORTED) - 1).filter((id) => ids.has(id));
    return [...new Set([...here, ...ids])];
  }

  /** What follows the row in hand, as tracks; from the top where there is none. */
  private async tracks(): Promise<Track[]> {
    await this.ordering;
    const from = Math.max(0, this.now);
    const most = Math.min(this.listing?.count ?? 0, from + MOST_PLAYED);
    const rows = await this.rows.fetch(from, Math.min(this.rows.length, most) - 1);
    return rows.map(trackOf);
  }

  private key(event: KeyboardEvent): void {
    const beside = event.ctrlKey || event.metaKey;
    if (beside && event.key.toLowerCase() === "a") return this.handle(event, () => this.selectAll());
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    const by = steps[event.key];
    if (by !== undefined) {
      const modifiers = event.shiftKey ? { range: true, beside } : undefined;
      return this.handle(event, () => this.goTo(this.now + by, modifiers));
    }
    if (event.key === "x" && this.now >= 0) this.handle(event, () => this.select(this.now, { range: false, beside: true }));
  }

  private handle(event: KeyboardEvent, work: () => Promise<void>): void {
    event.preventDefault();
    event.stopPropagation();
    this.run(work);
  }

  private run(work: () => Promise<void>): void {
    void orSay(work);
  }

  /** A row that shows one sound after the other. */
  private made(): RowElement<ListedMatch> {
    let at = -1;
    const open = (id: number, opened: ListedMatch) => {
      this.now = at;
      this.handlers.open(id, opened);
    };
    const kept = (match: ListedMatch) => this.context.keeping.cell(match.sample_id, !this.rows.isMoving);
    const besides = (match: ListedMatch) => [spectrogramLink(match), this.handlers.besides?.(match)];
    const row = new SoundRow({ ...this.handlers, open }, { kept, besides });
    const { element } = row;
    element.addEventListener("pointermove", (event) => row.match && this.pointed(event, row.match.sample_id));
    element.addEventListener("click", (event) => row.match && this.clicked(event, at), true);
    element.addEventListener("dragstart", (event) => row.match && this.context.exporter.carry(event, row.match, this.context.ids));
    const fill = (match: ListedMatch | undefined, index: number) => {
      at = index;
      element.id = `${this.rows.list.getAttribute("aria-label")?.replace(/\W+/g, "-")}-${index}`;
      row.fill(match, { first: this.rows.row(0), before: this.rows.row(index - 1), columns: this.shown, value: (one, column) => this.values.of(one, column.name) });
      row.mark(index === this.now, match !== undefined && this.context.ids.has(match.sample_id));
    };
    return { element, fill };
  }

  /** A pointer moves over a row; a row that moves below a pointer is nobody's choice. */
  private pointed({ clientX, clientY }: PointerEvent, id: number): void {
    const place = `${clientX},${clientY}`;
    if (this.rows.isMoving || this.over.id === id || this.over.place === place) return;
    this.over = { id, place };
    window.clearTimeout(this.hovering);
    this.hovering = window.setTimeout(() => this.handlers.hover(id), HOVER_MS);
  }

  /** With Ctrl or Shift, a click selects and does nothing else. */
  private clicked(event: MouseEvent, index: number): void {
    const modifiers = { range: event.shiftKey, beside: event.ctrlKey || event.metaKey };
    if (!modifiers.range && !modifiers.beside) return;
    event.preventDefault();
    event.stopPropagation();
    this.run(() => this.select(index, modifiers));
  }
}
