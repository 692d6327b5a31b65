/** The list of keys: in a dialog that a button and a key open, or in a page itself. */

import { byId, el } from "./elements.ts";
import { keyName, type Key } from "./keyboard.ts";

export function showKeys(table: Key[]): void {
  const list = byId("keys");
  for (const key of table) {
    const names = key.keys.map((name) => el("kbd", {}, keyName(name)));
    list.append(el("div", {}, el("dt", {}, ...names), el("dd", {}, key.help)));
  }
  document.getElementById("show-help")?.addEventListener("click", openHelp);
}

export function openHelp(): void {
  byId<HTMLDialogElement>("help").showModal();
}
