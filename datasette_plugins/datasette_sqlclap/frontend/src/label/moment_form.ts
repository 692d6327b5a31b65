/** What moments a review asks about: how many, or which share of each site's detections. */

import type { Api } from "../api/api.ts";
import { el } from "../page/elements.ts";
import type { Moments } from "./review.ts";

export async function momentForm(api: Api, start: (moments: Moments) => void): Promise<HTMLFormElement> {
  const sites = await sitesOf(api);
  const number = (name: string, value: string, most: string, step = "1") =>
    el("input", { name, type: "number", min: name === "pad" ? "0" : "1", max: most, step, value, required: name === "pad" });
  const site = el("select", { name: "site" }, el("option", { value: "" }, "all"), ...sites.map((one) => el("option", { value: one }, one)));
  const form = el(
    "form",
    { class: "row moments" },
    el("label", {}, "Ask about ", number("n", "40", "500"), " moments"),
    el("label", {}, "or ", number("share", "", "100", "any"), " % of what reaches the threshold at each site."),
    ...(sites.length ? [el("label", {}, "Site ", site)] : []),
    el("label", {}, "Hear ", number("pad", "1", "60", "any"), " s around"),
    el("button", { class: "primary" }, "Start"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = new FormData(form);
    const [share, place] = [String(given.get("share") ?? ""), String(given.get("site") ?? "")];
    const drawn = share ? { share: Number(share) / 100 } : { n: Number(given.get("n") || 40) };
    start({ padS: Number(given.get("pad") ?? 1), body: { ...drawn, ...(place ? { site: place } : {}) } });
  });
  return form;
}

/** Sites, where there are any, and where they may be seen. */
async function sitesOf(api: Api): Promise<string[]> {
  try {
    return (await api.get("api/activity", { by: "month" })).sites;
  } catch {
    return [];
  }
}
