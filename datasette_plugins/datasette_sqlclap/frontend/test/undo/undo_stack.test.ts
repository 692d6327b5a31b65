import assert from "node:assert/strict";
import { test } from "node:test";

import type { Change } from "../../src/api/answers.ts";
import { UndoStack, type Turned } from "../../src/undo/undo_stack.ts";

/** A library that knows what is done and undone, and refuses some changes. */
class Library {
  readonly log: string[] = [];
  readonly refused = new Set<number>();
  private readonly turn = (id: number, undone: boolean): Promise<Change> => {
    this.log.push(`${undone ? "undo" : "redo"} ${id}`);
    if (this.refused.has(id)) return Promise.reject(new Error("changed in between"));
    return Promise.resolve({ change_id: id, what: `change ${id}`, done_at: "", undone });
  };
  undo = (id: number): Promise<Change> => this.turn(id, true);
  redo = (id: number): Promise<Change> => this.turn(id, false);
}

function made(ids: number[] = [], kept: number[] = []): { stack: UndoStack; library: Library; memory: { ids: number[] } } {
  const library = new Library();
  const memory = { ids: kept };
  const stack = new UndoStack(library, { read: () => memory.ids, write: (now) => (memory.ids = now) });
  for (const id of ids) stack.push({ change_id: id, what: `change ${id}` });
  return { stack, library, memory };
}

test("the last change is undone first, and done again last", async () => {
  const { stack, library } = made([1, 2, 3]);
  await Promise.all([stack.undo(), stack.undo()]);
  assert.deepEqual(library.log, ["undo 3", "undo 2"]);
  assert.deepEqual([stack.top?.change_id, stack.next?.change_id], [1, 2]);
  await stack.redo();
  await stack.redo();
  assert.equal(await stack.redo(), null);
  assert.deepEqual(library.log.slice(2), ["redo 2", "redo 3"]);
  assert.equal(stack.top?.change_id, 3);
});

test("any change is undone by itself", async () => {
  const { stack } = made([1, 2, 3]);
  await stack.undo(2);
  assert.equal(stack.top?.change_id, 3);
  await stack.undo();
  assert.equal(stack.top?.change_id, 1);
});

test("with nothing done there is nothing to undo", async () => {
  const { stack, library } = made();
  assert.equal(await stack.undo(), null);
  assert.deepEqual(library.log, []);
});

test("a new change forgets what was undone", async () => {
  const { stack } = made([1, 2]);
  await stack.undo();
  stack.push({ change_id: 3, what: "" });
  assert.equal(await stack.redo(), null);
});

test("what is refused stands in nobody's way", async () => {
  const { stack, library } = made([1, 2]);
  library.refused.add(2);
  await assert.rejects(stack.undo(), /in between/);
  assert.equal((await stack.undo())?.change_id, 1);
});

test("listeners hear of each turn", async () => {
  const { stack } = made([1]);
  const heard: Turned[] = [];
  stack.onTurn((turned) => heard.push(turned));
  await stack.undo();
  await stack.redo();
  assert.deepEqual(heard, [{ id: 1, undone: true }, { id: 1, undone: false }]);
});

test("after a reload, a tab knows its own changes, and no other's", async () => {
  const { stack, memory } = made([], [1, 2, 9]);
  const change = (change_id: number, undone = false): Change => ({ change_id, what: "", done_at: "", undone });
  stack.restore([change(4), change(3), change(2, true), change(1)]); // the latest first, as the library tells them
  assert.equal(stack.top?.change_id, 1);
  assert.deepEqual(memory.ids, [1]);
  assert.equal(stack.owns(4), false);
});

test("undoing waits for what is still being written, and then means that", async () => {
  const { stack, library } = made([1]);
  let written = (): void => {};
  stack.waitFor(new Promise<void>((done) => (written = done)).then(() => stack.push({ change_id: 2, what: "" })));
  const undone = stack.undo();
  await Promise.resolve();
  assert.deepEqual(library.log, []);
  written();
  assert.equal((await undone)?.change_id, 2);
});

test("undoing waits for a write that fails, too", async () => {
  const { stack } = made([1]);
  stack.waitFor(Promise.reject(new Error("not stored")));
  assert.equal((await stack.undo())?.change_id, 1);
});

test("an older change that can't be undone says what may stand in its way, and stays", async () => {
  const { stack, library } = made([1, 2]);
  library.refused.add(1);
  await assert.rejects(stack.undo(1), /changed in between\. What was done after it may have to be undone first\./);
  library.refused.clear();
  await stack.undo();
  assert.equal((await stack.undo())?.change_id, 1);
});

test("where the server is not reached, a change can be undone later", async () => {
  const { stack, library } = made([1]);
  const { undo } = library;
  library.undo = () => Promise.reject(new TypeError("Failed to fetch"));
  await assert.rejects(stack.undo(), TypeError);
  library.undo = undo;
  assert.equal((await stack.undo())?.change_id, 1);
});
