/** The one stack of what this page wrote: undone from the top, or any by itself, and done again. */

import type { Change } from "../api/answers.ts";
import type { Written } from "../api/api.ts";

/** The library's side of it: it refuses where others have changed the same in between. */
export interface Turns {
  undo(changeId: number): Promise<Change>;
  redo(changeId: number): Promise<Change>;
}

/** Where the ids are kept, so that they outlive a reload of the page, in this tab alone. */
export interface Memory {
  read(): number[];
  write(ids: number[]): void;
}

export type Turned = { id: number; undone: boolean };

export class UndoStack {
  /** Something was done, undone or done again. */
  changed: () => void = () => {};
  private readonly listeners: ((turned: Turned) => void)[] = [];
  private done: Written[] = [];
  /** What was undone, the last one last: a new change forgets it. */
  private undone: Written[] = [];
  /** One after the other: a second Ctrl-Z waits for the first. */
  private turning: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly turns: Turns,
    private readonly memory: Memory,
  ) {}

  /** Takes up what this tab did before it was reloaded, as far as the library still knows it. */
  restore(changes: readonly Change[]): void {
    const own = new Set(this.memory.read());
    const known = [...changes].reverse().filter((one) => own.has(one.change_id) && !one.undone);
    this.done = [...known, ...this.done];
    this.keep();
  }

  push(change: Written): void {
    this.done.push(change);
    this.undone = [];
    this.keep();
  }

  /** What would be undone next. */
  get top(): Written | null {
    return this.done.at(-1) ?? null;
  }

  /** What would be done again next. */
  get next(): Written | null {
    return this.undone.at(-1) ?? null;
  }

  /** Whether this tab did it. */
  owns(id: number): boolean {
    return [...this.done, ...this.undone].some((one) => one.change_id === id);
  }

  /** Calls for each change that is undone or done again, before `undo` or `redo` ends. */
  onTurn(listener: (turned: Turned) => void): void {
    this.listeners.push(listener);
  }

  /** What is undone or done again from now on waits for some work, however it ends. */
  waitFor(work: Promise<unknown>): void {
    this.turning = this.turning.then(() => work).catch(() => {});
  }

  /** Undoes a change, by itself the last one; null where there is nothing to undo. */
  undo(id?: number): Promise<Change | null> {
    return this.inTurn(() => this.turn(id ?? this.top?.change_id, true));
  }

  redo(id?: number): Promise<Change | null> {
    return this.inTurn(() => this.turn(id ?? this.next?.change_id, false));
  }

  private inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const turn = this.turning.then(work, work);
    this.turning = turn.catch(() => {});
    return turn;
  }

  private async turn(id: number | undefined, undoing: boolean): Promise<Change | null> {
    if (id === undefined) return null;
    let change: Change;
    try {
      change = await (undoing ? this.turns.undo(id) : this.turns.redo(id));
    } catch (error) {
      if (error instanceof TypeError) throw error; // the server was not reached: it can be tried again
      if (undoing && this.owns(id) && this.top?.change_id !== id) {
        throw new Error(`${(error as Error).message}. What was done after it may have to be undone first.`);
      }
      // What can't be undone must not stand in the way of what was done before it.
      this.done = this.done.filter((one) => one.change_id !== id);
      this.undone = this.undone.filter((one) => one.change_id !== id);
      this.keep();
      throw error;
    }
    const [from, to] = undoing ? [this.done, this.undone] : [this.undone, this.done];
    const at = from.findIndex((one) => one.change_id === id);
    if (at >= 0) from.splice(at, 1);
    to.push(change);
    this.keep();
    for (const listener of this.listeners) listener({ id, undone: undoing });
    return change;
  }

  private keep(): void {
    this.memory.write(this.done.map((one) => one.change_id));
    this.changed();
  }
}
