/** One player for the whole page. Short sounds are decoded whole, so that they loop and follow each other without a gap. */

import { loudnessGain, syncRate, type Facts } from "./adjustments.ts";
import { Decoded } from "./decoded.ts";
import { PlayerSettings } from "./settings.ts";
import type { SoundFiles } from "./sound_files.ts";
import { BufferVoice, StreamVoice, type Voice } from "./voices.ts";
import { slowed } from "./wav.ts";

export interface Track {
  id: number;
  name: string;
  /** The stretch of it that is played (in seconds); by default, all of it. */
  from?: number;
  until?: number;
}

/** So much of a sound (in seconds) is slowed down at once. */
export const SLOWED_S = 30;
const RINGS_S = 0.6;
const TICK_MS = 40;

export class Player extends EventTarget {
  track: Track | null = null;
  readonly settings = new PlayerSettings(localStorage);
  private context: AudioContext | null = null;
  private readonly out: { node: GainNode | null; volume: number } = { node: null, volume: 1 };
  private readonly decoded: Decoded;
  private voice: Voice | null = null;
  /** What follows without a gap: it is on the clock already. */
  private following: { voice: Voice; track: Track } | null = null;
  private queue: Track[] = [];
  private facts: Facts | null = null;
  private loading = false;
  /** Where what is being loaded is to begin. */
  private wanted = 0;
  private turn = 0;
  private ticking = 0;

  constructor(private readonly files: SoundFiles) {
    super();
    this.decoded = new Decoded(files);
    this.settings.addEventListener("change", () => this.adjust());
  }

  get playing(): boolean {
    return this.loading || (this.voice?.playing ?? false);
  }

  /** In seconds of the sound. */
  get position(): number {
    return this.voice?.position ?? this.wanted;
  }

  get duration(): number {
    return this.voice?.duration ?? this.facts?.duration_s ?? NaN;
  }

  /** From 0 to 1, of the sound that plays. */
  get share(): number {
    const { position, duration } = this;
    return Number.isFinite(duration) && duration > 0 ? Math.min(1, position / duration) : 0;
  }

  get volume(): number {
    return this.out.volume;
  }

  set volume(value: number) {
    this.out.volume = Math.min(1, Math.max(0, value));
    if (this.out.node) this.out.node.gain.value = this.out.volume;
  }

  /** Whether more sounds follow by themselves. */
  get playsThrough(): boolean {
    return this.queue.length > 0;
  }

  /** The tempo of the sound in hand, as it is and as it is played; null where it isn't known. */
  get tempo(): { own: number; played: number } | null {
    const own = this.facts?.tempo;
    return own ? { own, played: own * syncRate(own, this.settings.now.tempo) } : null;
  }

  /** Tells the name of a sound that was not known when it began. */
  name(id: number, name: string): void {
    if (this.track?.id !== id || this.track.name === name) return;
    this.track = { ...this.track, name };
    this.tell();
  }

  play(track: Track, queue: Track[] = []): void {
    const isSame = this.track?.id === track.id && this.voice !== null;
    const from = track.from ?? 0;
    this.queue = queue;
    this.track = track;
    if (isSame) this.restart(from);
    else void this.begin(track, from);
    this.tell("track");
  }

  /** Plays a sound from a position on (in seconds). */
  playFrom(track: Track, position: number): void {
    if (this.track?.id === track.id && this.voice) return this.goTo(position);
    this.queue = [];
    this.track = track;
    void this.begin(track, position);
    this.tell("track");
  }

  playAll(tracks: Track[]): void {
    const [first, ...others] = tracks;
    if (first) this.play(first, others);
  }

  toggle(): void {
    if (this.playing) this.pause();
    else if (this.voice) this.restart(this.position < (this.track?.until ?? Infinity) ? this.position : (this.track?.from ?? 0));
    else if (this.track) void this.begin(this.track, this.track.from ?? 0);
  }

  stop(): void {
    this.queue = [];
    this.pause();
  }

  /** Goes to a place in the sound, from 0 to 1. */
  seek(share: number): void {
    if (Number.isFinite(this.duration)) this.goTo(share * this.duration);
  }

  /** Goes forwards, or backwards, by so many seconds. */
  skip(seconds: number): void {
    if (this.voice) this.goTo(this.position + seconds);
  }

  /** Fetches sounds that are likely to come next. */
  prepare(ids: number[]): void {
    for (const id of ids) void this.decoded.get(id, this.sounding.context).catch(() => {});
  }

  private get sounding(): { context: AudioContext; out: GainNode } {
    this.context ??= new AudioContext({ latencyHint: "interactive" });
    if (!this.out.node) {
      this.out.node = new GainNode(this.context, { gain: this.out.volume });
      this.out.node.connect(this.context.destination);
    }
    return { context: this.context, out: this.out.node };
  }

  private goTo(position: number): void {
    const to = Math.max(0, Math.min(position, this.duration - 0.01));
    if (this.track) this.track = { id: this.track.id, name: this.track.name }; // who goes elsewhere hears on
    const slow = this.settings.now.slowness > 1 && this.duration > SLOWED_S && this.track;
    if (slow) void this.begin(slow, to);
    else this.restart(to);
  }

  private pause(): void {
    this.turn += 1;
    this.loading = false;
    this.forgetFollowing();
    this.voice?.pause();
    this.tell();
  }

  private restart(position: number): void {
    this.forgetFollowing();
    void this.sounding.context.resume();
    this.voice?.start(position, undefined, this.track?.until);
    this.tick();
    this.lineUp();
  }

  /** Plays a sound from a position on; only the last one that was asked for is heard. */
  private async begin(track: Track, position: number): Promise<void> {
    const turn = (this.turn += 1);
    this.wanted = position;
    this.silence();
    if (navigator.userActivation?.hasBeenActive === false) return this.tell("blocked");
    [this.loading, this.facts] = [true, null];
    this.tell();
    void this.sounding.context.resume();
    try {
      const { voice, facts } = await this.voiceOf(track, position);
      if (turn !== this.turn) return voice.end();
      this.facts = facts;
      this.adopt(voice);
      voice.start(position, undefined, track.until);
    } catch {
      if (turn === this.turn) this.failed();
      return;
    }
    this.tick();
    this.lineUp();
  }

  private async voiceOf(track: Track, position: number): Promise<{ voice: Voice; facts: Facts }> {
    const { context, out } = this.sounding;
    const { slowness, tempo } = this.settings.now;
    const streams = slowness > 1 || tempo > 0;
    const whole = streams ? null : this.decoded.get(track.id, context);
    whole?.catch(() => {}); // looked at below
    const facts = await this.files.facts(track.id);
    const rate = syncRate(facts.tempo, tempo);
    let voice: Voice;
    if (slowness > 1 && facts.duration_s) voice = await this.slowVoice(track.id, facts.duration_s, position);
    else if (rate !== 1) voice = new StreamVoice(context, out, this.files.address(track.id, false), { from: 0, stretch: 1, rate, keepsPitch: true });
    else {
      const buffer = await (whole ?? this.decoded.get(track.id, context));
      voice = buffer ? new BufferVoice(context, out, buffer) : new StreamVoice(context, out, this.files.address(track.id, false));
    }
    voice.gain = this.settings.now.matchLoudness ? loudnessGain(facts) : 1;
    return { voice, facts };
  }

  /** A stretch at its own sample rate, played at a lower one: what bats call becomes audible. */
  private async slowVoice(id: number, duration: number, position: number): Promise<Voice> {
    const { context, out } = this.sounding;
    const from = duration > SLOWED_S ? Math.min(position, duration - 0.1) : 0;
    const bytes = await this.files.excerpt(id, from, Math.min(duration, from + SLOWED_S));
    const { wav, stretch, rate } = slowed(bytes, this.settings.now.slowness);
    return new StreamVoice(context, out, URL.createObjectURL(new Blob([wav], { type: "audio/wav" })), { from, stretch, rate, keepsPitch: false });
  }

  private adopt(voice: Voice): void {
    this.voice = voice;
    this.loading = false;
    voice.loop = this.settings.now.loop;
    voice.ended = () => (this.track?.until === undefined ? this.next() : this.endStretch());
    voice.failed = () => this.again(voice);
  }

  /** What this browser can't stream is asked for as WAV, once. */
  private again(voice: Voice): void {
    const { track, context } = this;
    if (this.voice !== voice || !track || !context) return;
    const converted = new StreamVoice(context, this.sounding.out, this.files.address(track.id, true));
    voice.end();
    this.adopt(converted);
    converted.failed = () => this.voice === converted && this.failed();
    converted.start(0);
  }

  private failed(): void {
    this.silence();
    this.tell("failed");
    this.next();
  }

  private next(): void {
    const { following } = this;
    this.following = null;
    const [track, ...rest] = this.queue;
    this.queue = rest;
    if (following && track === following.track) {
      this.voice?.end();
      this.track = track;
      this.adopt(following.voice);
      void this.files.facts(track.id).then((facts) => this.track === track && (this.facts = facts));
      this.tell("track");
      this.tick();
      this.lineUp();
    } else if (track) {
      this.play(track, rest);
    } else {
      this.tell();
    }
  }

  /** Puts the next sound of the queue on the clock, to the sample where this one ends. */
  private lineUp(): void {
    const [track] = this.queue;
    const { voice, turn } = this;
    if (!track || !(voice instanceof BufferVoice) || this.settings.now.loop || this.track?.until) return;
    this.voiceOf(track, 0).then(
      ({ voice: next }) => {
        const at = voice.endsAt;
        const isNext = turn === this.turn && voice === this.voice && this.queue[0] === track && !this.following;
        if (!isNext || at === null || !(next instanceof BufferVoice)) return next.end();
        next.start(track.from ?? 0, at);
        this.following = { voice: next, track };
      },
      () => {}, // it is asked for again when its turn comes
    );
  }

  private forgetFollowing(): void {
    this.following?.voice.end();
    this.following = null;
  }

  private silence(): void {
    this.forgetFollowing();
    const { voice } = this;
    this.voice = null;
    this.loading = false;
    if (!voice) return;
    voice.ended = voice.failed = () => {};
    if (this.settings.now.sweep && voice.playing) voice.end(RINGS_S);
    else voice.end();
  }

  /** Other settings are in force: what plays follows them. */
  private adjust(): void {
    const { voice, track, facts } = this;
    this.forgetFollowing();
    if (this.loading && track) return void this.begin(track, this.wanted);
    if (!voice || !track) return this.tell();
    const { loop, matchLoudness, slowness, tempo } = this.settings.now;
    const streams = slowness > 1 || (tempo > 0 && syncRate(facts?.tempo ?? null, tempo) !== 1);
    if (streams || voice instanceof StreamVoice) {
      if (voice.playing) void this.begin(track, voice.position);
      else this.silence();
    } else {
      voice.loop = loop;
      if (facts) voice.gain = matchLoudness ? loudnessGain(facts) : 1;
      this.lineUp();
    }
    this.tell();
  }

  /** A stretch has been heard: it loops, or what follows it is next. */
  private endStretch(): void {
    if (this.settings.now.loop) return this.restart(this.track?.from ?? 0);
    this.pause();
    if (this.queue.length) this.next();
  }

  /** While something plays, its position is told again and again. */
  private tick(): void {
    window.clearTimeout(this.ticking);
    if (this.voice?.playing && this.position >= (this.track?.until ?? Infinity)) return this.endStretch();
    this.tell();
    if (this.playing) this.ticking = window.setTimeout(() => this.tick(), TICK_MS);
  }

  private tell(name = "change"): void {
    this.dispatchEvent(new Event(name));
  }
}
