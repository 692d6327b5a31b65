/** How the picture looks and what dragging does: buttons, sliders and choices above it. */

import { el } from "../page/elements.ts";
import { SCALES } from "./axes.ts";
import type { SpanPlayer } from "./span_player.ts";

const KEPT = "sqlclap-spectrogram";
/** Below this, browsers play as it is; above, slower is what can be heard at all. */
const ULTRASOUND_HZ = 96_000;

interface Kept {
  brightness: string;
  contrast: string;
}

export class Toolbar {
  private readonly scales = el("select", { name: "scale" }, ...SCALES.map((one) => el("option", { value: one }, one)));
  private readonly details = el("select", { name: "detail", title: "What is sharp: when, or how high" });
  private readonly speeds = el("select", { name: "speed" });
  private readonly drags = el("select", { name: "dragging" }, el("option", { value: "select" }, "selects"), el("option", { value: "move" }, "moves"));
  private readonly brightness = slider("Brightness");
  private readonly contrast = slider("Contrast");
  private readonly playing: HTMLButtonElement;

  constructor(
    box: HTMLElement,
    run: (command: string) => void,
    private readonly changed: () => void,
  ) {
    const button = (text: string, name: string, command: string) =>
      el("button", { type: "button", "aria-label": name, title: name, onclick: () => run(command) }, text);
    this.playing = el("button", { type: "button", class: "icon", "aria-label": "Play", onclick: () => run("play") });
    box.append(
      this.playing,
      el("span", { class: "together" }, button("−", "Zoom out", "farther"), button("+", "Zoom in", "closer"), button("All", "Show all of it", "all")),
      named("Frequencies", this.scales),
      named("Sharp", this.details),
      named("Drag", this.drags),
      named("Speed", this.speeds),
      named("Brightness", this.brightness),
      named("Contrast", this.contrast),
    );
    if (matchMedia("(hover: none)").matches) this.drags.value = "move";
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Kept>;
    this.brightness.value = kept.brightness ?? "0.5";
    this.contrast.value = kept.contrast ?? "0.5";
    box.addEventListener("input", () => this.take());
    box.addEventListener("submit", (event) => event.preventDefault());
  }

  get look(): { brightness: number; contrast: number } {
    return { brightness: Number(this.brightness.value), contrast: Number(this.contrast.value) };
  }

  get scale(): string {
    return this.scales.value;
  }

  set scale(value: string) {
    this.scales.value = value;
  }

  get dragging(): string {
    return this.drags.value;
  }

  /** Of a transform, in samples. */
  get nFft(): number {
    return Number(this.details.value);
  }

  /** How many times slower it is to be heard. */
  get slower(): number {
    return Number(this.speeds.value) || 1;
  }

  /** What a sound can be drawn with: its own length of a transform, shorter ones and longer ones. */
  offer(told: { n_ffts: number[]; n_fft: number }): void {
    const before = this.details.value;
    const about = (n: number) => (n === told.n_fft ? "both" : n < told.n_fft ? `time (${n})` : `pitch (${n})`);
    this.details.replaceChildren(...told.n_ffts.map((n) => el("option", { value: String(n) }, about(n))));
    this.details.value = told.n_ffts.includes(Number(before)) ? before : String(told.n_fft);
  }

  offerSpeeds(sampleRate: number, player: SpanPlayer): void {
    const speeds = sampleRate > ULTRASOUND_HZ ? [1, 10, 20] : [1, 2, 4];
    this.speeds.replaceChildren(...speeds.map((one) => el("option", { value: String(one) }, one === 1 ? "as it was" : `${one} × slower`)));
    this.speeds.value = String(player.slower);
  }

  plays(isPlaying: boolean): void {
    this.playing.classList.toggle("pause", isPlaying);
    this.playing.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  }

  private take(): void {
    const kept: Kept = { brightness: this.brightness.value, contrast: this.contrast.value };
    localStorage.setItem(KEPT, JSON.stringify(kept));
    this.changed();
  }
}

function slider(name: string): HTMLInputElement {
  return el("input", { type: "range", min: "0", max: "1", step: "0.02", name: name.toLowerCase() });
}

function named(text: string, field: HTMLElement): HTMLLabelElement {
  return el("label", {}, text, " ", field);
}
