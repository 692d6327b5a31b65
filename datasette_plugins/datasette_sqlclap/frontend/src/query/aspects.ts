/** In what sounds are to be alike: how much each aspect counts beside timbre. */

import { el } from "../page/elements.ts";

const TIMBRE = "timbre";
const MOST = 3;

export function parseAspects(text: string, names: readonly string[]): Map<string, number> {
  const found = new Map(names.map((name) => [name, name === TIMBRE ? 1 : 0]));
  for (const part of text.split(",").filter(Boolean)) {
    const [name = "", weight = "1"] = part.split(":");
    if (found.has(name) && Number(weight) >= 0) found.set(name, Number(weight));
  }
  return found;
}

/** As the API takes them; empty where nothing but timbre counts. */
export function formatAspects(weights: ReadonlyMap<string, number>): string {
  const others = [...weights].filter(([name, weight]) => (name === TIMBRE ? weight !== 1 : weight > 0));
  const timbre = weights.get(TIMBRE) ?? 1;
  // Timbre alone is the plain search, whatever it counts.
  if (timbre > 0 && others.every(([name]) => name === TIMBRE)) return "";
  return others.map(([name, weight]) => (weight === 1 ? name : `${name}:${weight}`)).join(",");
}

export function aspectFields(text: string, names: readonly string[], changed: (text: string) => void): HTMLElement[] {
  const weights = parseAspects(text, names);
  return names.map((name) => {
    const output = el("output", {}, String(weights.get(name)));
    const slider = el("input", { type: "range", min: 0, max: MOST, step: 0.5, "aria-label": `How much ${name} counts` });
    slider.value = String(weights.get(name));
    slider.addEventListener("input", () => (output.textContent = slider.value));
    slider.addEventListener("change", () => changed(formatAspects(weights.set(name, Number(slider.value)))));
    return el("label", {}, el("span", {}, name), slider, output);
  });
}
