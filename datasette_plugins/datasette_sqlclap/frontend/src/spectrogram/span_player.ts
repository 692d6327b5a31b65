/** Plays a recording from any place, a span of it, or slower than it was: bats, say, ten times. */

import type { Api } from "../api/api.ts";
import type { Stretch } from "./view.ts";

/** Browsers play up to this rate (in Hz). */
const PLAYABLE_HZ = 96_000;
/** Of recordings that come in pieces (in seconds of sound). */
const PIECE_S = 20;

export interface Playable {
  id: number;
  sampleRate: number;
  durationS: number;
}

export class SpanPlayer extends EventTarget {
  readonly audio = new Audio();
  /** How many times slower. */
  slower = 1;
  private sound: Playable | null = null;
  private until = 0;
  /** Where in the recording a piece begins; null while the file itself plays. */
  private piece: number | null = null;
  /** Pieces are slowed down by what their header says; the others by the browser. */
  private pieceSlower = 1;
  private inPieces = false;
  private turn = 0;
  private url = "";

  constructor(private readonly api: Api) {
    super();
    this.audio.preload = "auto";
    const move = (): void => {
      this.dispatchEvent(new Event("moved"));
      stop();
      if (this.playing) requestAnimationFrame(move);
    };
    const stop = (): void => {
      if (this.playing && this.position >= this.until) this.pause();
    };
    this.audio.addEventListener("timeupdate", stop); // behind another tab nothing is drawn
    for (const name of ["play", "pause"]) this.audio.addEventListener(name, move);
    this.audio.addEventListener("ended", () => this.further());
    this.audio.addEventListener("error", () => this.failed());
  }

  take(sound: Playable): void {
    this.pause();
    this.sound = sound;
    this.inPieces = sound.sampleRate > PLAYABLE_HZ;
    this.slower = this.inPieces ? 10 : 1;
    this.audio.removeAttribute("src");
    this.piece = null;
  }

  get playing(): boolean {
    return !this.audio.paused && !this.audio.ended;
  }

  /** What was to be played has been, to the end of the sound. */
  get ended(): boolean {
    return this.audio.ended;
  }

  /** In seconds of the recording. */
  get position(): number {
    return this.piece === null ? this.audio.currentTime : this.piece + this.audio.currentTime / this.pieceSlower;
  }

  set volume(value: number) {
    this.audio.volume = value;
  }

  play(stretch: Stretch): void {
    if (!this.sound) return;
    this.until = stretch.to;
    const turn = (this.turn += 1);
    if (this.inPieces) return void this.playPiece(stretch.from, turn);
    if (this.piece !== null || !this.audio.getAttribute("src")) this.audio.src = this.api.audio(this.sound.id);
    this.piece = null;
    this.audio.preservesPitch = false;
    this.audio.playbackRate = 1 / this.slower;
    this.audio.currentTime = stretch.from;
    this.start();
  }

  pause(): void {
    this.turn += 1;
    this.audio.pause();
  }

  private async playPiece(from: number, turn: number): Promise<void> {
    const [sound, slower] = [this.sound as Playable, this.slower];
    const to = Math.min(sound.durationS, this.until, from + PIECE_S);
    if (to - from < 0.002) return this.pause();
    try {
      const query = { start: from, end: to, ...(slower > 1 ? { own_rate: 1 } : {}) };
      const bytes = await this.api.bytes(`sample/${sound.id}/audio`, query);
      if (turn !== this.turn) return;
      URL.revokeObjectURL(this.url);
      this.url = URL.createObjectURL(new Blob([slowed(bytes, slower)], { type: "audio/wav" }));
      [this.piece, this.pieceSlower] = [from, slower];
      this.audio.playbackRate = 1;
      this.audio.src = this.url;
      this.start();
    } catch (error) {
      this.tell((error as Error).message);
    }
  }

  /** The next piece follows, unless all of it was heard. */
  private further(): void {
    if (this.piece === null || this.position >= Math.min(this.until, this.sound?.durationS ?? 0) - 0.01) return;
    void this.playPiece(this.position, this.turn);
  }

  private start(): void {
    this.audio.play().catch((error: DOMException) => {
      if (error.name === "NotAllowedError") this.tell("Click anywhere once: browsers play nothing before.");
    });
  }

  /** What this browser can't play as it is comes in pieces. */
  private failed(): void {
    if (!this.sound || this.audio.getAttribute("src") === null) return;
    if (this.inPieces) return this.tell("This sound can't be played.");
    this.inPieces = true;
    const from = this.piece === null ? this.audio.currentTime : this.position;
    void this.playPiece(from, this.turn);
  }

  private tell(message: string): void {
    this.dispatchEvent(new CustomEvent("failed", { detail: message }));
  }
}

/** A WAV that says a lower rate: the same samples, played slower and lower. */
export function slowed(wav: ArrayBuffer, factor: number): ArrayBuffer {
  const view = new DataView(wav);
  for (const at of [24, 28]) view.setUint32(at, Math.round(view.getUint32(at, true) / factor), true);
  return wav;
}
