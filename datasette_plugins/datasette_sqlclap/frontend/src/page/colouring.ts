/** What colours the map: what it is coloured by, and which sounds are lit. */

import type { Lit } from "../label/examples.ts";
import type { Atlas } from "../map/atlas.ts";
import type { MapStage } from "../map/map_stage.ts";
import type { Address } from "../query/address.ts";
import { COLOURS, type Colour } from "../query/state.ts";
import { byId, orSay } from "./elements.ts";
import { followTheme } from "./theme.ts";

export class Colouring {
  private readonly choice = byId<HTMLSelectElement>("colour");

  constructor(
    private readonly atlas: Atlas | null,
    private readonly stage: MapStage,
    private readonly address: Address,
    private readonly chosen: (colour: Colour) => void,
  ) {}

  start(): void {
    followTheme(() => void this.apply());
    this.choice.addEventListener("change", () => this.choose(this.choice.value as Colour));
  }

  /** Lights sounds on the map, as bright as their scores: what was found, or what a label finds. */
  async light(lit: Lit[]): Promise<void> {
    const scores = new Map<number, number>();
    for (const one of lit) scores.set(one.sample_id, Math.max(one.score, scores.get(one.sample_id) ?? -1)); // of moments, the best
    this.atlas?.light(scores);
    await this.apply();
  }

  putOut(): void {
    this.atlas?.light(new Map());
  }

  async apply(): Promise<void> {
    document.body.dataset["colour"] = this.now;
    await orSay(() => this.stage.applyColours(this.now));
  }

  /** Shows what the address says. */
  show(): void {
    this.choice.value = this.now;
  }

  next(): void {
    this.choose(COLOURS[(COLOURS.indexOf(this.now) + 1) % COLOURS.length] as Colour);
  }

  private choose(colour: Colour): void {
    this.address.remember({ colour });
    this.show();
    this.chosen(colour);
  }

  private get now(): Colour {
    return this.address.state.colour;
  }
}
