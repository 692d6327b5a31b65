/** The clusters as a list: a click lists their sounds, F2 or the pen renames, the pin keeps a name on the map. */

import { categoryColour } from "../page/colours.ts";
import { el, orSay } from "../page/elements.ts";
import type { Naming } from "./naming.ts";
import type { Cluster } from "./points.ts";

export class ClusterList {
  readonly element = el("ul", { class: "clusters" });
  private editing = false;

  constructor(
    private readonly naming: Naming,
    private readonly open: (cluster: string) => void,
  ) {
    naming.onChange(() => this.editing || this.fill());
    this.fill();
  }

  private fill(): void {
    this.editing = false;
    this.element.replaceChildren(...this.naming.clusters.map((cluster) => this.row(cluster)));
  }

  private row(cluster: Cluster): HTMLElement {
    const row = el("li", { dataset: { cluster: String(cluster.cluster) } });
    const dot = el("i", { class: "dot" });
    dot.style.background = categoryColour(cluster.cluster);
    const size = el("span", { class: "score" }, cluster.count.toLocaleString("en"));
    const opening = el("button", { type: "button", class: "opening", onclick: () => this.open(String(cluster.cluster)) }, dot, el("span", { class: "cluster-name" }, cluster.name), size);
    const { writable } = this.naming;
    if (writable) {
      opening.title = "List its sounds; F2 renames it";
      opening.addEventListener("keydown", (event) => {
        if (event.key !== "F2") return;
        event.preventDefault();
        this.edit(row, cluster);
      });
    }
    row.append(opening, ...(writable ? [this.pen(row, cluster)] : []), this.pin(cluster));
    return row;
  }

  private pen(row: HTMLElement, cluster: Cluster): HTMLElement {
    const name = `Rename ${cluster.name}`;
    return el("button", { type: "button", class: "pen", title: "Rename (F2)", "aria-label": name, onclick: () => this.edit(row, cluster) }, "\u270e");
  }

  private pin(cluster: Cluster): HTMLElement {
    const on = this.naming.isPinned(cluster.cluster);
    const turn = () => {
      this.naming.pin(cluster.cluster, !on);
      this.focus(cluster, ".pin");
    };
    const title = on ? "Pinned: its name always stands on the map. Click to unpin" : "Pin its name to the map";
    return el("button", { type: "button", class: "pin", title, "aria-label": `Pin ${cluster.name} to the map`, "aria-pressed": String(on), onclick: turn }, on ? "\u25c6" : "\u25c7");
  }

  /** A field in the name's place: Enter keeps what it says, Escape what was. */
  private edit(row: HTMLElement, cluster: Cluster): void {
    this.editing = true;
    const field = el("input", { type: "text", maxLength: 200, value: cluster.name, "aria-label": `Another name for ${cluster.name}` });
    let open = true;
    const close = (name: string | null, back: boolean) => {
      if (!open) return;
      open = false;
      void orSay(() => (name === null ? Promise.resolve() : this.naming.rename(cluster.cluster, name))).then(() => {
        this.fill();
        if (back) this.focus(cluster, ".opening");
      });
    };
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") close(field.value, true);
      if (event.key === "Escape") close(null, true);
    });
    field.addEventListener("blur", () => close(field.value, false));
    row.replaceChildren(field);
    field.select();
  }

  private focus(cluster: Cluster, what: string): void {
    this.element.querySelector<HTMLElement>(`[data-cluster="${cluster.cluster}"] ${what}`)?.focus();
  }
}
