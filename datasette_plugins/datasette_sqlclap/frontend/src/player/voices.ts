/** Sounds that play: decoded whole, to the sample, or streamed. Positions are in seconds of the sound. */

export interface Voice {
  readonly duration: number;
  readonly position: number;
  readonly playing: boolean;
  loop: boolean;
  gain: number;
  /** When it ends, on the clock of its context; null while that can't be told. */
  readonly endsAt: number | null;
  /** From a position on, at once or at a time of the clock, to the end or to another position. */
  start(position: number, when?: number, until?: number): void;
  pause(): void;
  /** Falls silent for good: at once, or fading for so many seconds. */
  end(fade?: number): void;
  ended: () => void;
  failed: () => void;
}

/** Cuts don't click. */
const DECLICK_S = 0.006;

export class BufferVoice implements Voice {
  ended = (): void => {};
  failed = (): void => {};
  private readonly level: GainNode;
  private node: AudioBufferSourceNode | null = null;
  private began = 0;
  private offset = 0;
  private until = Infinity;
  private looping = false;

  constructor(
    private readonly context: AudioContext,
    out: AudioNode,
    private readonly buffer: AudioBuffer,
  ) {
    this.level = new GainNode(context);
    this.level.connect(out);
  }

  get duration(): number {
    return this.buffer.duration;
  }

  get playing(): boolean {
    return this.node !== null;
  }

  get position(): number {
    if (!this.node) return this.offset;
    const at = this.offset + Math.max(0, this.context.currentTime - this.began);
    return this.looping ? at % this.duration : Math.min(at, this.last);
  }

  get endsAt(): number | null {
    return this.node && !this.looping ? this.began + this.last - this.offset : null;
  }

  private get last(): number {
    return Math.min(this.until, this.duration);
  }

  get loop(): boolean {
    return this.looping;
  }

  set loop(value: boolean) {
    if (value === this.looping) return;
    const position = this.position;
    this.looping = value;
    if (this.node) this.start(position, undefined, this.until);
  }

  set gain(value: number) {
    this.level.gain.setTargetAtTime(value, this.context.currentTime, DECLICK_S);
  }

  start(position: number, when = this.context.currentTime, until = Infinity): void {
    this.halt();
    this.until = until;
    const node = new AudioBufferSourceNode(this.context, { buffer: this.buffer, loop: this.looping });
    node.connect(this.level);
    node.onended = () => {
      if (this.node !== node) return;
      this.node = null;
      this.offset = until < this.duration ? until : 0;
      this.ended();
    };
    this.offset = position >= this.duration ? 0 : Math.max(0, position);
    this.began = when;
    node.start(when, this.offset);
    // By its clock: however busy the page is, nothing is heard beyond.
    if (until < this.duration && !this.looping) node.stop(when + Math.max(0, until - this.offset));
    this.node = node;
  }

  pause(): void {
    this.offset = this.position;
    this.halt();
  }

  end(fade = DECLICK_S): void {
    const until = this.context.currentTime + fade;
    this.level.gain.setTargetAtTime(0, this.context.currentTime, fade / 4);
    const { node } = this;
    this.node = null;
    node?.stop(until);
    if (node) node.onended = () => this.level.disconnect();
    else this.level.disconnect();
  }

  private halt(): void {
    const { node } = this;
    this.node = null;
    if (!node) return;
    node.onended = null;
    node.stop();
    node.disconnect();
  }
}

/** How a stream stands to its sound: where it begins, how fast it goes, whether pitch is kept. */
export interface Streaming {
  /** Where in the sound it begins (in seconds), and how many of its seconds are one of the sound's. */
  from: number;
  stretch: number;
  rate: number;
  keepsPitch: boolean;
}

const AS_IT_IS: Streaming = { from: 0, stretch: 1, rate: 1, keepsPitch: true };

export class StreamVoice implements Voice {
  ended = (): void => {};
  failed = (): void => {};
  readonly endsAt = null;
  private readonly audio = new Audio();
  private readonly level: GainNode;
  private waits = 0;

  constructor(
    context: AudioContext,
    out: AudioNode,
    private readonly address: string,
    private readonly how: Streaming = AS_IT_IS,
  ) {
    this.level = new GainNode(context);
    context.createMediaElementSource(this.audio).connect(this.level).connect(out);
    this.audio.addEventListener("ended", () => this.ended());
    this.audio.addEventListener("error", () => this.audio.getAttribute("src") && this.failed());
    this.audio.addEventListener("loadedmetadata", () => this.go());
    this.audio.preload = "auto";
    this.audio.src = address;
    this.audio.preservesPitch = how.keepsPitch;
    this.audio.defaultPlaybackRate = this.audio.playbackRate = how.rate;
  }

  get duration(): number {
    return this.how.from + this.audio.duration / this.how.stretch;
  }

  get playing(): boolean {
    return !this.audio.paused && !this.audio.ended;
  }

  get position(): number {
    return this.audio.ended ? 0 : this.how.from + this.audio.currentTime / this.how.stretch;
  }

  get loop(): boolean {
    return this.audio.loop;
  }

  set loop(value: boolean) {
    this.audio.loop = value;
  }

  set gain(value: number) {
    this.level.gain.value = value;
  }

  start(position: number): void {
    this.waits = Math.max(0, position - this.how.from) * this.how.stretch;
    if (this.audio.readyState >= HTMLMediaElement.HAVE_METADATA) this.go();
    this.audio.play().catch(() => {}); // stopped before it began, or refused: told by events
  }

  pause(): void {
    this.audio.pause();
  }

  end(): void {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.level.disconnect();
    if (this.address.startsWith("blob:")) URL.revokeObjectURL(this.address);
  }

  private go(): void {
    this.audio.currentTime = this.waits;
  }
}
