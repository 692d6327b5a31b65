/** A menu: a button that opens a list of buttons or boxes; Escape, or a press elsewhere, closes it. */

import { el } from "./elements.ts";

export function menu(name: string, ...items: HTMLElement[]): HTMLDetailsElement {
  const summary = el("summary", {}, name);
  const box = el("details", { class: "menu" }, summary, el("div", { class: "menu-items" }, ...items));
  const close = (event: Event): void => {
    if (!box.contains(event.target as Node)) box.open = false;
  };
  box.addEventListener("toggle", () => {
    if (box.open) addEventListener("pointerdown", close, true);
    else removeEventListener("pointerdown", close, true);
  });
  box.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !box.contains(event.relatedTarget as Node)) box.open = false;
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    event.preventDefault();
    event.stopPropagation();
    box.open = false;
    summary.focus();
  });
  return box;
}

/** An item that closes its menu and does something. */
export function menuItem(text: string, run: () => void, hint = ""): HTMLButtonElement {
  const item = el("button", { type: "button", title: hint }, text);
  item.addEventListener("click", () => {
    const box = item.closest("details");
    if (box) box.open = false;
    run();
  });
  return item;
}
