import assert from "node:assert/strict";
import { test } from "node:test";

import { ASKING_KEYS, CURATE_KEYS, MAP_KEYS, REVIEW_KEYS, UNDO_KEYS, chordOf, commandOf } from "../../src/page/keyboard.ts";

const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
const body = { tag: "BODY" };

test("every key has one command", () => {
  for (const table of [[...MAP_KEYS, ...CURATE_KEYS], REVIEW_KEYS]) {
    const keys = table.flatMap((one) => one.keys);
    assert.equal(new Set(keys).size, keys.length);
    for (const one of table) for (const key of one.keys) assert.equal(commandOf(table, press(key), body), one.command);
  }
});

test("capitals are the same keys", () => {
  assert.equal(commandOf(MAP_KEYS, press("N"), body), "similar");
});

test("the browser keeps its own keys", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"]) assert.equal(commandOf(MAP_KEYS, press("f", { [held]: true }), body), null);
});

test("what is typed into a field is text, but Escape leaves it", () => {
  for (const target of [{ tag: "INPUT", type: "search" }, { tag: "INPUT", type: "number" }, { tag: "TEXTAREA" }, { tag: "SELECT" }]) {
    assert.equal(commandOf(MAP_KEYS, press("n"), target), null);
    assert.equal(commandOf(MAP_KEYS, press("Escape"), target), "leave");
  }
});

test("buttons keep Space and Enter, sliders their arrows", () => {
  assert.equal(commandOf(MAP_KEYS, press(" "), { tag: "BUTTON" }), null);
  assert.equal(commandOf(MAP_KEYS, press("Enter"), { tag: "A" }), null);
  assert.equal(commandOf(MAP_KEYS, press("n"), { tag: "BUTTON" }), "similar");
  assert.equal(commandOf(MAP_KEYS, press("ArrowLeft"), { tag: "INPUT", type: "range" }), null);
});

test("undo has its keys on each system, but not in a field that is typed into", () => {
  const chord = (key: string, more: object, target = body) => chordOf(UNDO_KEYS, press(key, more), target);
  assert.deepEqual([chord("z", { ctrlKey: true }), chord("z", { metaKey: true })], ["undo", "undo"]);
  assert.deepEqual([chord("Z", { ctrlKey: true, shiftKey: true }), chord("y", { ctrlKey: true })], ["redo", "redo"]);
  assert.deepEqual([chord("z", {}), chord("z", { ctrlKey: true, altKey: true }), chord("a", { ctrlKey: true })], [null, null, null]);
  assert.equal(chord("z", { ctrlKey: true }, { tag: "TEXTAREA" }), null);
});

test("keys that keep sounds are none that answer a label's questions", () => {
  const asking = ASKING_KEYS.flatMap((one) => one.keys);
  assert.deepEqual(CURATE_KEYS.flatMap((one) => one.keys).filter((key) => asking.includes(key)), []);
});
