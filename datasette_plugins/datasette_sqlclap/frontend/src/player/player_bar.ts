/** What plays, how loud, and whether hovering plays. */

import { byId, whisper } from "../page/elements.ts";
import type { Player } from "./player.ts";
import { PlayerMenu } from "./player_menu.ts";
import { tellPlace } from "./scrub.ts";
import { fileName } from "../page/show.ts";

const VOLUME = "sqlclap-volume";
const HOVER = "sqlclap-hover-plays";

export function bindVolume(player: { volume: number }): void {
  const volume = byId<HTMLInputElement>("volume");
  volume.value = localStorage.getItem(VOLUME) ?? volume.value;
  const set = () => {
    player.volume = Number(volume.value);
    localStorage.setItem(VOLUME, volume.value);
  };
  volume.addEventListener("input", set);
  set();
}

/** How far a key goes at least (in seconds), and of the sound. */
const SKIP_S = 0.25;
const SKIP_SHARE = 0.04;

export class PlayerBar {
  private readonly box = byId<HTMLInputElement>("hover-plays");
  private readonly position = byId<HTMLInputElement>("position");
  private readonly menu: PlayerMenu;

  constructor(private readonly player: Player) {
    const button = byId("play");
    // What has no pointer to hover with is told of taps.
    if (matchMedia("(hover: none)").matches) byId("playing").textContent = "Tap a point to hear it.";
    bindVolume(player);
    this.menu = new PlayerMenu(player.settings);
    byId("player").append(this.menu.box);
    this.box.checked = localStorage.getItem(HOVER) !== "no";
    this.box.addEventListener("change", () => localStorage.setItem(HOVER, this.box.checked ? "yes" : "no"));
    button.addEventListener("click", () => player.toggle());
    this.position.addEventListener("input", () => player.seek(Number(this.position.value)));
    player.addEventListener("change", () => this.show());
    player.addEventListener("blocked", () => (byId("playing").textContent = "Click anywhere once: browsers play nothing before."));
    player.addEventListener("failed", () => (byId("playing").textContent = "This sound can't be played."));
  }

  get hoverPlays(): boolean {
    return this.box.checked;
  }

  /** Runs a key's command; false where it is none of the player's. */
  run(command: string, key: string): boolean {
    if (command === "hover-plays") this.box.click();
    else if (command === "scrub") this.skip(key === "." ? 1 : -1);
    else if (!this.menu.run(command)) return false;
    else whisper(this.how || "As it is");
    return true;
  }

  private skip(way: number): void {
    this.player.skip(way * Math.max(SKIP_S, SKIP_SHARE * (this.player.duration || 0)));
  }

  private show(): void {
    const { player } = this;
    const button = byId("play");
    button.classList.toggle("pause", player.playing);
    button.setAttribute("aria-label", player.playing ? "Pause" : "Play");
    if (player.track) byId("playing").textContent = fileName(player.track.name) || "…";
    byId("player").style.setProperty("--share", player.share.toFixed(4));
    byId("playing-how").textContent = this.how;
    this.position.value = player.share.toFixed(3);
    this.position.disabled = !player.track;
    if (player.track && Number.isFinite(player.duration)) tellPlace(this.position, player.share, player.duration);
  }

  /** What is not as it is in the file, in words. */
  private get how(): string {
    const { loop, matchLoudness, slowness, sweep, tempo } = this.player.settings.now;
    const known = tempo ? this.player.tempo : null;
    return [
      loop ? "loop" : "",
      matchLoudness ? "equally loud" : "",
      known ? `${known.own.toFixed(0)} → ${known.played.toFixed(0)} BPM` : "",
      slowness > 1 ? `${slowness} times slower` : "",
      sweep ? "sweep" : "",
    ]
      .filter(Boolean)
      .join(" · ");
  }
}
