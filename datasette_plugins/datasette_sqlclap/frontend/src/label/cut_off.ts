/** A label's cut-off: found from the votes there are, put in force, taken back. */

import type { Api } from "../api/api.ts";
import { el, say } from "../page/elements.ts";

/** Tells what votes support, and offers to put it in force. */
export async function offerCutOff(api: Api, label: string, show: (...parts: HTMLElement[]) => unknown, changed: () => void): Promise<void> {
  try {
    const { point, problem } = await api.post("api/calibrate", { label, apply: false });
    const text = point
      ? `Threshold ${point.threshold.toFixed(3)}, gap ${point.gap.toFixed(3)}: precision ${Math.round(point.precision * 100)} %, at least ${Math.round(point.precision_low * 100)} %.`
      : (problem ?? "No rule meets the target.");
    const put = el("button", { type: "button", class: "primary", onclick: () => void putInForce(api, label, changed) }, "Put in force");
    show(el("p", {}, text), ...(point ? [put] : []));
  } catch (error) {
    show(el("p", {}, (error as Error).message)); // it says what to do next
    say((error as Error).message, "error");
  }
}

async function putInForce(api: Api, label: string, changed: () => void): Promise<void> {
  try {
    await api.post("api/calibrate", { label, apply: true });
    say("Calibration in force");
    changed();
  } catch (error) {
    say((error as Error).message, "error");
  }
}

/** Puts back what the label's cut-off replaced. */
export async function undoCutOff(api: Api, label: string, changed: () => void): Promise<void> {
  try {
    await api.post("api/calibrate/revert", { label });
    say("What it had replaced is in force again");
    changed();
  } catch (error) {
    say((error as Error).message, "error");
  }
}
