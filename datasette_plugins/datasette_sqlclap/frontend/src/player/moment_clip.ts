/** A moment of a sound: heard with what lies around it, and seen as a spectrogram. */

import type { Api } from "../api/api.ts";
import { el } from "../page/elements.ts";
import type { Moment } from "../label/queue.ts";
import { drawSpectrogram, spectrogram } from "./spectrogram.ts";
import { isDark } from "../page/theme.ts";
import { readWav, type Sound } from "./wav.ts";

const COLUMNS = 600;
const ROWS = 256;
const KEPT = 12;
/** Browsers play up to this rate (in Hz); of bats, say, another copy is played than is drawn. */
const PLAYABLE_HZ = 96_000;

interface Loaded {
  sound: Sound;
  url: string;
}

export class MomentClip {
  private readonly canvas = el("canvas", { role: "img", height: ROWS });
  private readonly head = el("i", { class: "playhead" });
  private readonly marks = el("i", { class: "moment-marks" });
  private readonly frequency = el("span", { class: "frequency" });
  readonly box = el("div", { class: "spectrogram" }, this.canvas, this.marks, this.head, this.frequency);
  private readonly audio = new Audio();
  private readonly kept = new Map<string, Promise<Loaded>>();
  private shown: Moment | null = null;

  constructor(
    private readonly api: Api,
    private readonly padS: number,
  ) {
    const move = (): void => {
      const share = this.audio.duration > 0 ? this.audio.currentTime / this.audio.duration : 0;
      this.head.style.left = `${100 * share}%`;
      this.head.hidden = this.audio.paused;
      if (!this.audio.paused) requestAnimationFrame(move);
    };
    this.audio.addEventListener("play", move);
    this.audio.addEventListener("pause", move);
  }

  /** Shows and plays a moment; fails with a reason if its sound can't be had. */
  async show(moment: Moment, volume: number): Promise<void> {
    this.stop();
    this.shown = moment;
    this.canvas.getContext("2d")?.clearRect(0, 0, this.canvas.width, ROWS);
    const { sound, url } = await this.load(moment);
    if (this.shown !== moment) return;
    const seconds = sound.samples.length / sound.rate;
    drawSpectrogram(this.canvas, spectrogram(sound, COLUMNS), isDark());
    const first = Math.max(0, moment.start_s - this.padS);
    const [from, to] = [(moment.start_s - first) / seconds, (moment.end_s - first) / seconds];
    Object.assign(this.marks.style, { left: `${100 * from}%`, width: `${100 * Math.max(0, Math.min(1, to) - from)}%` });
    this.frequency.textContent = `${(sound.rate / 2000).toFixed(1)} kHz`;
    this.canvas.setAttribute("aria-label", `Spectrogram of ${seconds.toFixed(1)} seconds, up to ${(sound.rate / 2000).toFixed(1)} kilohertz`);
    this.audio.src = url;
    this.play(volume);
  }

  play(volume: number): void {
    this.audio.volume = volume;
    this.audio.currentTime = 0;
    this.audio.play().catch(() => {}); // before the first click browsers play nothing
  }

  stop(): void {
    this.shown = null;
    this.audio.pause();
  }

  /** Fetches those that come next. */
  prepare(moments: Moment[]): void {
    for (const one of moments) void this.load(one).catch(() => {});
  }

  close(): void {
    this.stop();
    for (const loading of this.kept.values()) void loading.then(({ url }) => URL.revokeObjectURL(url)).catch(() => {});
    this.kept.clear();
  }

  private load(moment: Moment): Promise<Loaded> {
    const key = `${moment.sample_id}@${moment.start_s}-${moment.end_s}`;
    const held = this.kept.get(key);
    if (held) return held;
    const query = { start: moment.start_s, end: moment.end_s, pad: this.padS };
    const path = `sample/${moment.sample_id}/audio`;
    const loading = this.api.bytes(path, { ...query, own_rate: 1 }).then((bytes) => {
      const sound = readWav(bytes);
      const played = sound.rate > PLAYABLE_HZ ? this.api.url(path, query) : URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
      return { sound, url: played };
    });
    loading.catch(() => this.kept.delete(key));
    this.kept.set(key, loading);
    for (const [oldest, old] of this.kept) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(oldest);
      void old.then(({ url }) => URL.revokeObjectURL(url)).catch(() => {});
    }
    return loading;
  }
}
