/** What plays, how loud, and whether hovering plays; and the list of keys. */

import { byId, el } from "../page/elements.ts";
import { keyName, type Key } from "../page/keyboard.ts";
import type { Player } from "./player.ts";
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

export class PlayerBar {
  private readonly box = byId<HTMLInputElement>("hover-plays");

  constructor(player: Player) {
    const button = byId("play");
    const name = byId("playing");
    const bar = byId("player");
    // What has no pointer to hover with is told of taps.
    if (matchMedia("(hover: none)").matches) name.textContent = "Tap a point to hear it.";
    bindVolume(player);
    this.box.checked = localStorage.getItem(HOVER) !== "no";
    this.box.addEventListener("change", () => localStorage.setItem(HOVER, this.box.checked ? "yes" : "no"));
    button.addEventListener("click", () => player.toggle());
    player.addEventListener("change", () => {
      button.classList.toggle("pause", player.playing);
      button.setAttribute("aria-label", player.playing ? "Pause" : "Play");
      if (player.track) name.textContent = fileName(player.track.name) || "…";
      bar.style.setProperty("--share", player.share.toFixed(4));
    });
    player.addEventListener("blocked", () => (name.textContent = "Click anywhere once: browsers play nothing before."));
    player.addEventListener("failed", () => (name.textContent = "This sound can't be played."));
  }

  get hoverPlays(): boolean {
    return this.box.checked;
  }

  toggleHover(): void {
    this.box.click();
  }
}

export function showKeys(table: Key[]): void {
  const list = byId("keys");
  for (const key of table) {
    const names = key.keys.map((name) => el("kbd", {}, keyName(name)));
    list.append(el("dt", {}, ...names), el("dd", {}, key.help));
  }
}
