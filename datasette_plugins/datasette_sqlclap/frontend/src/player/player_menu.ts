/** How everything is played: loop, loudness, tempo, slowness, sweeping. */

import { el } from "../page/elements.ts";
import { menu } from "../page/menu.ts";
import { SLOWNESS, TEMPO_RANGE, type PlayerSettings, type Settings } from "./settings.ts";

const FIRST_TEMPO = 120;
type Switch = "loop" | "matchLoudness" | "sweep";

const SWITCHES: [Switch, string, string][] = [
  ["loop", "Loop", "O"],
  ["matchLoudness", "All equally loud (−18 LUFS)", "V"],
  ["sweep", "Sweep: all that the pointer passes", "W"],
];

export class PlayerMenu {
  readonly box: HTMLDetailsElement;
  private readonly tempo = el("input", { type: "number", min: TEMPO_RANGE[0], max: TEMPO_RANGE[1], step: 1, value: String(FIRST_TEMPO), "aria-label": "Tempo in beats a minute" });
  private readonly synced = el("input", { type: "checkbox" });
  private readonly slowness = el("select", { "aria-label": "Slower and lower" }, ...SLOWNESS.map((one) => el("option", { value: String(one) }, one === 1 ? "as it is" : `${one} times slower`)));
  private readonly boxes: Record<Switch, HTMLInputElement>;

  constructor(private readonly settings: PlayerSettings) {
    const boxes = SWITCHES.map(([name]) => [name, el("input", { type: "checkbox" })] as const);
    this.boxes = Object.fromEntries(boxes) as Record<Switch, HTMLInputElement>;
    const labels = SWITCHES.map(([name, text, key]) => el("label", {}, this.boxes[name], ` ${text} `, el("kbd", {}, key)));
    const tempo = el("span", {}, el("label", {}, this.synced, " Loops at "), this.tempo, " BPM ", el("kbd", {}, "T"));
    const slow = el("label", { title: "Of bats and insects: what is too high to be heard becomes audible" }, "Speed ", this.slowness, " ", el("kbd", {}, "B"));
    this.box = menu("Playback", ...labels, tempo, slow);
    this.bind();
    this.show();
  }

  /** Runs a key's command; false where it is none of this menu's. */
  run(command: string): boolean {
    const { loop, matchLoudness, sweep, tempo, slowness } = this.settings.now;
    const next = SLOWNESS[(SLOWNESS.indexOf(slowness) + 1) % SLOWNESS.length] as number;
    const changes: Record<string, Partial<Settings>> = {
      loop: { loop: !loop },
      loudness: { matchLoudness: !matchLoudness },
      sweep: { sweep: !sweep },
      tempo: { tempo: tempo ? 0 : this.wanted },
      slower: { slowness: next },
    };
    const change = changes[command];
    if (change) this.settings.change(change);
    return change !== undefined;
  }

  private get wanted(): number {
    return Number(this.tempo.value) || FIRST_TEMPO;
  }

  private bind(): void {
    const { settings } = this;
    for (const [name] of SWITCHES) this.boxes[name].addEventListener("change", () => settings.change({ [name]: this.boxes[name].checked }));
    const sync = (): void => settings.change({ tempo: this.synced.checked ? this.wanted : 0 });
    this.synced.addEventListener("change", sync);
    this.tempo.addEventListener("change", sync);
    this.slowness.addEventListener("change", () => settings.change({ slowness: Number(this.slowness.value) }));
    settings.addEventListener("change", () => this.show());
  }

  private show(): void {
    const { now } = this.settings;
    for (const [name] of SWITCHES) this.boxes[name].checked = now[name];
    this.synced.checked = now.tempo > 0;
    if (now.tempo) this.tempo.value = String(now.tempo);
    this.slowness.value = String(now.slowness);
  }
}
