/** Rings over the map: around the sound in hand, and around the one that a list points at. */

import { byId } from "../page/elements.ts";
import type { Atlas } from "./atlas.ts";
import type { GlMap } from "./gl_map.ts";

export type Ring = "held" | "pointed";

export class Rings {
  private readonly ids: Record<Ring, number | null> = { held: null, pointed: null };
  map: GlMap | null = null;

  constructor(private readonly atlas: Atlas | null) {}

  /** Rings a sound; null takes the ring away. Points need not be drawn anew for it, a million of which take their time. */
  put(ring: Ring, id: number | null): void {
    this.ids[ring] = id;
    this.place(ring);
  }

  /** The map has moved. */
  moved(): void {
    this.place("held");
    this.place("pointed");
  }

  private place(ring: Ring): void {
    const id = this.ids[ring];
    const place = id === null ? null : (this.atlas?.place(id) ?? null);
    const element = byId(ring);
    element.hidden = !place || !this.map;
    if (!place || !this.map) return;
    const [x, y] = this.map.toScreen(...place);
    element.style.transform = `translate(-50%, -50%) translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
  }
}
