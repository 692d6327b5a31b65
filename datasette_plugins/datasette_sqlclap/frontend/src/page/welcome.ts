/** What stands in the results' place before anything is asked: the clusters. */

import type { Atlas } from "../map/atlas.ts";
import { categoryColour } from "./colours.ts";
import { el } from "./elements.ts";
import { count } from "./show.ts";

export function welcome(samples: number, atlas: Atlas | null, go: (list: string) => void): HTMLElement[] {
  const clusters = [...(atlas?.base.header.clusters ?? [])].filter((one) => one.name && one.level === 0).sort((a, b) => b.count - a.count);
  const list = el("ul", { class: "clusters" });
  for (const cluster of clusters) {
    const dot = el("i", { class: "dot" });
    dot.style.background = categoryColour(cluster.cluster);
    const size = el("span", { class: "score" }, cluster.count.toLocaleString("en"));
    list.append(el("li", {}, el("button", { type: "button", onclick: () => go(String(cluster.cluster)) }, dot, el("span", {}, cluster.name), size)));
  }
  const title = el("h2", {}, count(samples, "sound"));
  const all = el("p", { class: "row" }, el("button", { type: "button", hidden: !atlas, onclick: () => go("all") }, "List all"));
  const touched = matchMedia("(hover: none)").matches;
  const hint = el("p", { class: "hint" }, touched ? "Search by words or by a file, or tap a sound on the map." : "Search by words, drop a sound, or click one on the map.");
  return [title, hint, all, ...(clusters.length ? [el("h3", {}, "Clusters"), list] : [])];
}
