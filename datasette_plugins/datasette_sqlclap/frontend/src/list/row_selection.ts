/** Which rows of a list are selected, as file managers have it: click, Ctrl, Shift, all. */

export interface Modifiers {
  /** Shift: from where the last click was up to here. */
  range: boolean;
  /** Ctrl or Cmd: beside what is selected. */
  beside: boolean;
}

/** Selects ids by their places in a list; what is selected outlives the list. */
export class RowSelection {
  /** Where ranges start. */
  anchor = 0;
  /** What the last range took in, so that the next one gives it back. */
  private ranged = new Set<number>();

  constructor(readonly ids: Set<number>) {}

  /** A new list: ranges start at its top. */
  reset(): void {
    this.anchor = 0;
    this.ranged.clear();
  }

  /**
   * @param index of the row that is clicked or stepped to
   * @param idsOf ids of the rows from one place to another, both included
   */
  take(index: number, { range, beside }: Modifiers, idsOf: (from: number, to: number) => readonly number[]): void {
    if (range) return this.extend(index, beside, idsOf);
    this.anchor = index;
    this.ranged.clear();
    const [id] = idsOf(index, index);
    if (id === undefined) return;
    if (!beside) {
      this.ids.clear();
      this.ids.add(id);
    } else if (!this.ids.delete(id)) {
      this.ids.add(id);
    }
  }

  private extend(index: number, beside: boolean, idsOf: (from: number, to: number) => readonly number[]): void {
    if (!beside) this.ids.clear();
    for (const id of this.ranged) this.ids.delete(id);
    const taken = idsOf(Math.min(this.anchor, index), Math.max(this.anchor, index));
    this.ranged = new Set(taken.filter((id) => !this.ids.has(id)));
    for (const id of taken) this.ids.add(id);
  }
}
