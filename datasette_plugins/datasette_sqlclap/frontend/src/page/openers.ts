/** Buttons that a narrow window has in place of tools which it has no room for: they open them, and close them again. */

import { byId } from "./elements.ts";

export function bindOpeners(): void {
  for (const id of ["open-bar", "open-terms"]) {
    const button = byId(id);
    const opened = button.closest<HTMLElement>(".bar, .terms") as HTMLElement;
    const turn = (open: boolean) => {
      opened.classList.toggle("open", open);
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => turn(button.getAttribute("aria-expanded") !== "true"));
    opened.addEventListener("keydown", (event) => {
      // A menu or a list of suggestions inside takes the key for itself.
      if (event.key !== "Escape" || event.defaultPrevented || !opened.classList.contains("open") || !button.offsetParent) return;
      event.preventDefault();
      turn(false);
      button.focus();
    });
  }
}
