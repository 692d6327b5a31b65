/** Names of clusters over the map: the largest first, as many as fit. */

import type { Cluster } from "./points.ts";

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Place {
  cluster: Cluster;
  x: number;
  y: number;
}

const LETTER = 7.4; // of a cluster's name; a group's is larger
const GROUP_LETTER = 8.9;
const HEIGHT = 20;
const AIR = 9;

/** Which names fit without touching what is taken; `places` in order of importance. */
export function fitting(places: Place[], width: number, height: number, obstacles: Box[] = []): Place[] {
  const taken = [...obstacles];
  const kept: Place[] = [];
  for (const { cluster, x, y } of places) {
    if (x < 0 || y < 0 || x > width || y > height) continue;
    const half = (cluster.name.length * (cluster.level > 0 ? GROUP_LETTER : LETTER)) / 2 + AIR;
    // What would be cut off at the side is moved in.
    const middle = Math.max(half, Math.min(width - half, x));
    const box = { left: middle - half, right: middle + half, top: y - HEIGHT / 2, bottom: y + HEIGHT / 2 };
    if (taken.some((other) => touch(box, other))) continue;
    taken.push(box);
    kept.push({ cluster, x: middle, y });
  }
  return kept;
}

function touch(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

const NEAR = 0.5;
const FEW = 24;

/** Which names belong to a distance: groups of clusters from far, clusters from near, or where they are few. */
export function namesAt(clusters: Cluster[], distance: number, pinned: ReadonlySet<number> = new Set()): Cluster[] {
  const shown = namesByDistance(clusters, distance);
  // Pinned ones come first, from any distance.
  return pinned.size ? [...clusters.filter((one) => pinned.has(one.cluster)), ...shown.filter((one) => !pinned.has(one.cluster))] : shown;
}

function namesByDistance(clusters: Cluster[], distance: number): Cluster[] {
  const named = clusters.filter((one) => one.name).sort((a, b) => b.count - a.count);
  const single = named.filter((one) => one.level === 0);
  if (distance <= NEAR) return single;
  // A group of one cluster says its name once.
  const said = new Set(single.map((one) => one.name));
  const groups = named.filter((one) => one.level > 0 && !said.has(one.name));
  return single.length > FEW ? [...groups, ...single] : [...single, ...groups];
}

export class Names {
  private readonly spans = new Map<number, HTMLSpanElement>();
  private waiting = false;

  constructor(
    private readonly layer: HTMLElement,
    private readonly clusters: Cluster[],
    private readonly toScreen: (x: number, y: number) => [number, number],
    private readonly distance: () => number,
    private readonly pinned: () => ReadonlySet<number>,
  ) {}

  moved(): void {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.place();
    });
  }

  private place(): void {
    const places = namesAt(this.clusters, this.distance(), this.pinned()).map((cluster) => {
      const [x, y] = this.toScreen(cluster.x / 32767.5 - 1, cluster.y / 32767.5 - 1);
      return { cluster, x, y };
    });
    const shown = fitting(places, this.layer.clientWidth, this.layer.clientHeight, this.obstacles());
    const kept = new Set(shown.map((one) => one.cluster.cluster));
    for (const [number, span] of this.spans) span.hidden = !kept.has(number);
    for (const { cluster, x, y } of shown) {
      const span = this.span(cluster);
      span.hidden = false;
      span.style.transform = `translate(-50%, -50%) translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    }
  }

  /** Tools and legend lie over the map as well. */
  private obstacles(): Box[] {
    const { left, top } = this.layer.getBoundingClientRect();
    const over = this.layer.parentElement?.querySelectorAll(".together, .map-tools .menu, .legend, .minimap:not([hidden])") ?? [];
    return [...over].map((one) => {
      const box = one.getBoundingClientRect();
      return { left: box.left - left, right: box.right - left, top: box.top - top, bottom: box.bottom - top };
    });
  }

  private span(cluster: Cluster): HTMLSpanElement {
    let span = this.spans.get(cluster.cluster);
    if (!span) {
      span = document.createElement("span");
      span.className = cluster.level > 0 ? "group" : "";
      this.spans.set(cluster.cluster, span);
      this.layer.append(span);
    }
    if (span.textContent !== cluster.name) span.textContent = cluster.name;
    return span;
  }
}
