/** What stands in the results' place before anything is asked: the clusters. */

import type { ClusterList } from "../map/cluster_list.ts";
import { el } from "./elements.ts";
import { count } from "./show.ts";

export function welcome(samples: number, clusters: ClusterList | null, go: (list: string) => void): HTMLElement[] {
  const title = el("h2", { class: "how-many" }, count(samples, "sound"));
  if (!samples) return [title, el("p", { class: "hint" }, "No sound has been taken in yet: there is nothing to search.")];
  const all = el("p", { class: "row" }, el("button", { type: "button", onclick: () => go("all") }, "List all"));
  const touched = matchMedia("(hover: none)").matches;
  const hint = el("p", { class: "hint" }, touched ? "Search by words or by a file, or tap a sound on the map." : "Search by words, drop a sound, or click one on the map.");
  return [title, hint, all, ...(clusters?.element.childElementCount ? [el("h3", {}, "Clusters"), clusters.element] : [])];
}
