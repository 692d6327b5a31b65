/** Colours: categories that stay apart on dark and light, and ramps for values. */

const CATEGORIES = [
  "#e8743b", "#19a979", "#945ecf", "#1ba3c6", "#d45087", "#b59b00", "#5b8ff9", "#c64345",
  "#3e9651", "#a0522d", "#6f63bb", "#0f9ba8", "#cf5cab", "#7a8b00", "#3973c6", "#e0526e",
  "#2a8f6d", "#b5762c", "#8e6fd1", "#008fa8", "#b8486f", "#6a9a1f", "#6b7fd7", "#d3682e",
];

export const RAMP = ["#3b4cc0", "#5a78e4", "#7b9ff9", "#9ebeff", "#c0d4f5", "#f2cbb7", "#f7a889", "#e7745b", "#b40426"];
export const HEAT = ["#6b5b2e", "#8a6d1f", "#ab8113", "#cb950d", "#e6aa16", "#f5bf3b", "#ffd56a", "#ffe79a"];
export const HEAT_ON_LIGHT = ["#f0b98a", "#eda06a", "#e6854b", "#dc692e", "#cc4e16", "#b33807", "#942703", "#741902"];

export interface Theme {
  background: string;
  faint: string;
  none: string;
  active: string;
  /** Of lines around where sounds lie dense, and of the small map. */
  lines: string;
}

export const DARK: Theme = { background: "#101318", faint: "#3d4552", none: "#59616f", active: "#ffffff", lines: "#7fb2ff" };
export const LIGHT: Theme = { background: "#fbfaf7", faint: "#d3cfc4", none: "#a8a59d", active: "#101318", lines: "#2f62c4" };

export function categoryColour(place: number): string {
  return CATEGORIES[((place % CATEGORIES.length) + CATEGORIES.length) % CATEGORIES.length] as string;
}

/** Which of `steps` equal parts of [low, high] a value falls into. */
export function step(value: number, low: number, high: number, steps: number): number {
  if (!(high > low)) return steps - 1;
  const share = (value - low) / (high - low);
  return Math.min(steps - 1, Math.max(0, Math.floor(share * steps)));
}
