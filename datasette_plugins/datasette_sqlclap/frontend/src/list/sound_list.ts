/** The one list of the page: sounds that were found, selected or matched, played and chosen by pointer and keys. */

import type { Api } from "../api/api.ts";
import { say } from "../page/elements.ts";
import { resultRow, type ListedMatch, type ListHandlers } from "./results.ts";
import type { RowSource } from "./row_source.ts";
import { RowSelection, type Modifiers } from "./row_selection.ts";
import { VirtualList } from "./virtual_list.ts";

const ROW_HEIGHT = 42;
/** "Select all" and ranges fetch what they take in: this many at most. */
const MOST_SELECTED = 50_000;

export interface SoundListHandlers extends ListHandlers {
  /** Other sounds are selected. */
  selected(): void;
}

export class SoundList {
  private readonly rows: VirtualList<ListedMatch>;
  private readonly selection: RowSelection;
  private now = -1;

  /**
   * @param box the element that scrolls
   * @param ids what is selected, on the map as well
   */
  constructor(
    box: HTMLElement,
    name: string,
    private readonly api: Api,
    private readonly ids: Set<number>,
    private readonly handlers: SoundListHandlers,
  ) {
    this.selection = new RowSelection(ids);
    this.rows = new VirtualList<ListedMatch>(box, name, {
      element: (row, index) => this.element(row, index),
      height: () => ROW_HEIGHT,
      failed: (error) => say(error.message, "error"),
    });
    this.rows.list.addEventListener("keydown", (event) => this.key(event));
  }

  show(source: RowSource<ListedMatch>): void {
    this.now = -1;
    this.selection.reset();
    this.rows.show(source);
  }

  /** Takes the next or previous sound in hand, and plays it. */
  async step(by: number): Promise<void> {
    await this.goTo(this.now + by);
  }

  /** Marks the row of the sound in hand, where it is in sight. */
  mark(id: number | null): void {
    if (this.rows.row(this.now)?.sample_id !== id) this.now = this.find(id);
    this.rows.redraw();
    if (this.now >= 0) this.rows.reveal(this.now);
  }

  /** What is selected has changed elsewhere. */
  redraw(): void {
    this.rows.redraw();
  }

  private find(id: number | null): number {
    for (let index = 0; id !== null && index < this.rows.length; index += 1) {
      const row = this.rows.row(index);
      if (row === undefined) return -1; // rows below it are not known yet
      if (row.sample_id === id) return index;
    }
    return -1;
  }

  private async goTo(index: number, modifiers?: Modifiers): Promise<void> {
    const target = Math.max(0, Math.min(this.rows.length - 1, index));
    const [row] = await this.rows.fetch(target, target);
    if (!row) return;
    this.now = target;
    if (modifiers) await this.select(target, modifiers);
    this.handlers.open(row.sample_id);
    this.rows.reveal(target);
    this.rows.list.setAttribute("aria-activedescendant", this.rows.elementOf(target)?.id ?? "");
  }

  private async select(index: number, modifiers: Modifiers): Promise<void> {
    const from = modifiers.range ? 0 : index;
    await this.rows.fetch(from, index);
    this.selection.take(index, modifiers, (first, last) => this.idsBetween(first, last));
    this.handlers.selected();
    this.rows.redraw();
  }

  private idsBetween(first: number, last: number): number[] {
    const ids: number[] = [];
    for (let index = first; index <= last; index += 1) {
      const row = this.rows.row(index);
      if (row) ids.push(row.sample_id);
    }
    return ids;
  }

  private async selectAll(): Promise<void> {
    const rows = await this.rows.fetchAll(MOST_SELECTED);
    for (const row of rows) this.ids.add(row.sample_id);
    this.handlers.selected();
    this.rows.redraw();
    if (rows.length === MOST_SELECTED) say(`The first ${MOST_SELECTED.toLocaleString("en")} are selected`);
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

  private handle(event: KeyboardEvent, run: () => Promise<void>): void {
    event.preventDefault();
    event.stopPropagation();
    run().catch((error: Error) => say(error.message, "error"));
  }

  private element(row: ListedMatch | undefined, index: number): HTMLLIElement {
    const before = this.rows.row(index - 1);
    const item = resultRow(row, { first: this.rows.row(0), before }, this.api, {
      ...this.handlers,
      open: (id) => {
        this.now = index;
        this.handlers.open(id);
      },
    });
    item.id = `row-${index}`;
    if (!row) return item;
    item.classList.toggle("now", index === this.now);
    item.setAttribute("aria-selected", String(this.ids.has(row.sample_id)));
    item.addEventListener("click", (event) => this.clicked(event, index), true);
    return item;
  }

  /** With Ctrl or Shift, a click selects and does nothing else. */
  private clicked(event: MouseEvent, index: number): void {
    const modifiers = { range: event.shiftKey, beside: event.ctrlKey || event.metaKey };
    if (!modifiers.range && !modifiers.beside) return;
    event.preventDefault();
    event.stopPropagation();
    this.select(index, modifiers).catch((error: Error) => say(error.message, "error"));
  }
}
