/** Plays sounds of the map and the lists, and tells what they are called. */

import type { Keeping } from "../curate/keeping.ts";
import { trackOf, type ListedMatch } from "../list/sound_row.ts";
import type { Paths } from "../list/tip.ts";
import type { MapStage } from "../map/map_stage.ts";
import type { Player } from "../player/player.ts";
import type { PlayerBar } from "../player/player_bar.ts";
import { orSay, whisper } from "./elements.ts";
import { fileName } from "./show.ts";

export interface HearingParts {
  player: Player;
  bar: PlayerBar;
  paths: Paths;
  keeping: Keeping;
  stage: MapStage;
}

export class Hearing {
  constructor(private readonly parts: HearingParts) {}

  play(id: number, onPurpose = false): void {
    const { keeping, player, paths } = this.parts;
    if (onPurpose) keeping.used(id);
    player.play({ id, name: paths.get(id) });
  }

  /** A row of a list was asked for: of one that is a stretch, that. */
  playRow(row: ListedMatch): void {
    const { keeping, player } = this.parts;
    keeping.used(row.sample_id);
    player.play(trackOf(row));
  }

  /** The pointer rests on a sound. */
  hover(id: number): void {
    this.glance(id, false);
  }

  /** The keyboard has gone to a sound. */
  reach(id: number): void {
    this.glance(id, true);
  }

  /** Plays the sound in hand, or stops what plays. */
  playOrStop(held: number | null): void {
    const { player } = this.parts;
    const another = held !== null && player.track?.id !== held && !player.playsThrough;
    if (another) this.play(held, true);
    else player.toggle();
  }

  stop(): void {
    this.parts.player.stop();
  }

  private glance(id: number, aloud: boolean): void {
    if (this.parts.bar.hoverPlays) this.play(id);
    void this.name(id, aloud);
  }

  /** Tells what a sound is called: beside its point, in the bar, and to who listens to the page. */
  private async name(id: number, aloud: boolean): Promise<void> {
    const { paths, player, stage } = this.parts;
    await orSay(async () => {
      const path = await paths.find(id);
      stage.name(id, path);
      player.name(id, path);
      if (aloud && stage.held === id) whisper(fileName(path));
    });
  }
}
