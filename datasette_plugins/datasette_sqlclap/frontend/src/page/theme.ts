/** Dark or light: what the person chose, else what their system says. */

import { DARK, LIGHT, type Theme } from "./colours.ts";
import { byId } from "./elements.ts";

const KEPT = "sqlclap-theme";

export function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function theme(): Theme {
  return isDark() ? DARK : LIGHT;
}

export function followTheme(changed: () => void = () => {}): void {
  const kept = localStorage.getItem(KEPT);
  if (kept === "dark" || kept === "light") document.documentElement.dataset["theme"] = kept;
  byId("theme").addEventListener("click", () => {
    const chosen = isDark() ? "light" : "dark";
    document.documentElement.dataset["theme"] = chosen;
    localStorage.setItem(KEPT, chosen);
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
}
