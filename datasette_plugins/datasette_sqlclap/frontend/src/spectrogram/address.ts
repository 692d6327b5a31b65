/** What the page shows, as its address says it. */

import { SCALES, type Scale } from "./axes.ts";
import type { Stretch } from "./view.ts";

export interface Place {
  sample: number | null;
  view: Stretch | null;
  span: Stretch | null;
  scale: Scale;
  /** Whose matches are shown, from what confidence on, and words that are looked for. */
  label: string;
  confidence: string;
  words: string;
}

export const CONFIDENCES = ["high", "medium", "low"];

export function readPlace(hash: string): Place {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const scale = given.get("scale") as Scale;
  const confidence = given.get("confidence") ?? "";
  const sample = Number(given.get("sample"));
  return {
    sample: Number.isInteger(sample) && sample > 0 ? sample : null,
    view: readStretch(given.get("view")),
    span: readStretch(given.get("span")),
    scale: SCALES.includes(scale) ? scale : "linear",
    label: given.get("label") ?? "",
    confidence: CONFIDENCES.includes(confidence) ? confidence : "medium",
    words: given.get("q") ?? "",
  };
}

export function writePlace(place: Place): string {
  const given = new URLSearchParams();
  const put = (name: string, value: string | null) => value && given.set(name, value);
  put("sample", place.sample === null ? null : String(place.sample));
  put("view", writeStretch(place.view));
  put("span", writeStretch(place.span));
  put("scale", place.scale === "linear" ? null : place.scale);
  put("label", place.label);
  put("confidence", place.label && place.confidence !== "medium" ? place.confidence : null);
  put("q", place.words);
  return `#${given}`;
}

function readStretch(text: string | null): Stretch | null {
  const found = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? "");
  if (!found) return null;
  const [from, to] = [Number(found[1]), Number(found[2])];
  return to > from ? { from, to } : null;
}

function writeStretch(stretch: Stretch | null): string | null {
  const short = (seconds: number) => String(Math.round(seconds * 1000) / 1000);
  return stretch && `${short(stretch.from)}-${short(stretch.to)}`;
}
