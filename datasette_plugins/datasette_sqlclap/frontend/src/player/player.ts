/** One player for the whole page; what comes next can be fetched ahead. */

export interface Track {
  id: number;
  name: string;
}

export type Source = (id: number, asWav: boolean) => string;

export class Player extends EventTarget {
  readonly audio = new Audio();
  track: Track | null = null;
  private queue: Track[] = [];
  private triedWav = false;
  private readonly ahead = new Map<number, HTMLAudioElement>();

  constructor(private readonly source: Source) {
    super();
    this.audio.preload = "auto";
    for (const name of ["play", "pause", "timeupdate", "ended"]) {
      this.audio.addEventListener(name, () => this.tell());
    }
    this.audio.addEventListener("ended", () => this.next());
    this.audio.addEventListener("error", () => this.failed());
  }

  get playing(): boolean {
    return !this.audio.paused && !this.audio.ended;
  }

  /** From 0 to 1, of the sound that plays. */
  get share(): number {
    const { currentTime, duration, ended } = this.audio;
    if (ended) return 0;
    return Number.isFinite(duration) && duration > 0 ? currentTime / duration : 0;
  }

  set volume(value: number) {
    this.audio.volume = Math.min(1, Math.max(0, value));
  }

  /** Whether more sounds follow by themselves. */
  get playsThrough(): boolean {
    return this.queue.length > 0;
  }

  /** Tells the name of a sound that was not known when it began. */
  name(id: number, name: string): void {
    if (this.track?.id !== id || this.track.name === name) return;
    this.track = { id, name };
    this.tell();
  }

  play(track: Track, queue: Track[] = []): void {
    this.queue = queue;
    if (this.track?.id !== track.id || this.audio.error) {
      this.track = track;
      this.triedWav = false;
      this.audio.src = this.source(track.id, false);
    } else {
      this.audio.currentTime = 0;
    }
    this.start();
    this.tell("track");
  }

  toggle(): void {
    if (this.playing) this.audio.pause();
    else if (this.track) this.start();
  }

  stop(): void {
    this.queue = [];
    this.audio.pause();
  }

  /** Go to a place in the sound, from 0 to 1. */
  seek(share: number): void {
    if (Number.isFinite(this.audio.duration)) this.audio.currentTime = share * this.audio.duration;
    this.start();
  }

  /** Let the browser fetch sounds that are likely to come next. */
  prepare(ids: number[]): void {
    for (const id of this.ahead.keys()) if (!ids.includes(id)) this.ahead.delete(id);
    for (const id of ids) {
      if (this.ahead.has(id)) continue;
      const audio = new Audio();
      audio.preload = "auto";
      audio.src = this.source(id, false);
      this.ahead.set(id, audio);
    }
  }

  private start(): void {
    this.audio.play().catch((error: DOMException) => {
      if (error.name === "NotAllowedError") this.tell("blocked");
    });
  }

  private next(): void {
    const [track, ...rest] = this.queue;
    if (track) this.play(track, rest);
  }

  /** What this browser can't decode is asked for as WAV, once. */
  private failed(): void {
    if (!this.track || this.audio.getAttribute("src") === null) return;
    if (!this.triedWav) {
      this.triedWav = true;
      this.audio.src = this.source(this.track.id, true);
      this.start();
    } else {
      this.tell("failed");
      this.next();
    }
  }

  private tell(name = "change"): void {
    this.dispatchEvent(new Event(name));
  }
}
