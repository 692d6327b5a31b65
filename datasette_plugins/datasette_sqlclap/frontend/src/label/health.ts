/** What a label's numbers say of it, in a few words. */

import type { LabelOverview } from "../api/answers.ts";

export interface Health {
  text: string;
  kind: "good" | "bad" | "";
}

export function healthOf(label: LabelOverview): Health {
  if (!label.anchors) return { text: "needs anchors: select sounds on the map", kind: "bad" };
  const votes = label.accepted + label.rejected;
  if (label.anchors < 3) return { text: "few anchors", kind: "" };
  if (label.threshold_from === "calibrated") return { text: "calibrated", kind: "good" };
  if (votes < 25) return { text: `review it (${votes} of about 25 votes)`, kind: "" };
  return { text: "enough votes: calibrate", kind: "" };
}

/** A precision with its interval, in percent. */
export function interval(found: { precision: number | null; low?: number | null; high?: number | null; above: number }): string {
  if (found.precision === null || found.low == null || found.high == null) return "no votes above it yet";
  const percent = (share: number) => `${Math.round(share * 100)}`;
  return `${percent(found.precision)} % (${percent(found.low)} to ${percent(found.high)} %)`;
}
