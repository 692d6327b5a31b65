/** Reviewing: one sound at a time, by keyboard. */

import type { Precision } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { el, say } from "../page/elements.ts";
import { interval } from "./health.ts";
import { REVIEW_KEYS, commandOf, isInDialog, keyName, type Key } from "../page/keyboard.ts";
import type { Player } from "../player/player.ts";
import { MomentClip } from "../player/moment_clip.ts";
import { isMoment, Queue, type Item, type Said, type Verdict } from "./queue.ts";
import { fileName, folderName, seconds } from "../page/show.ts";
import type { ListContext } from "../list/sound_list.ts";
import type { Turned } from "../undo/undo_stack.ts";
import { drawOutline } from "../player/waveform.ts";

const AHEAD = 4;
const WORDS: Record<Verdict, string> = { accept: "Yes", reject: "No", unsure: "Unsure" };

/** What moments are asked about: so many, or a share of each site's detections. */
export interface Moments {
  padS: number;
  body: Record<string, unknown>;
}

export interface ReviewHandlers {
  /** The queue has ended, or was left. */
  done(): void;
  /** The precision with all votes up to now. */
  measured?(found: Precision): void;
}

/** How a page asks: its keys, and its words for the three answers. */
export interface Manner {
  keys: Key[];
  words: Record<Verdict, string>;
}

const BY_ARROWS: Manner = { keys: REVIEW_KEYS, words: WORDS };

export class Review {
  private readonly api: Api;
  private queue = new Queue([]);
  private reviewId = 0;
  private label = "";
  private peaks: Int8Array | null = null;
  private clip: MomentClip | null = null;
  private estimating = 0;
  private sending: Promise<unknown> = Promise.resolve();
  /** The last answer is being taken back: what is said meanwhile is of the sound that comes back. */
  private undoing: Promise<unknown> | null = null;
  private starting = 0;

  constructor(
    private readonly box: HTMLElement,
    private readonly context: Pick<ListContext, "api" | "undo">,
    private readonly player: Player,
    private readonly handlers: ReviewHandlers,
    private readonly manner: Manner = BY_ARROWS,
  ) {
    this.api = context.api;
    context.undo.onTurn((turned) => this.turned(turned));
    document.addEventListener("keydown", (event) => this.key(event));
    player.addEventListener("change", () => this.draw());
  }

  async start(label: string, moments: Moments | null = null): Promise<void> {
    const turn = (this.starting += 1);
    try {
      const asked = moments ? { label, moments: true, ...moments.body } : { label, n: 40 };
      const drawn = await this.api.post("api/review", asked);
      if (turn !== this.starting) return;
      this.clip = moments ? new MomentClip(this.api, moments.padS) : null;
      this.queue = new Queue(drawn.items);
      this.reviewId = drawn.review_id;
      this.label = label;
      this.box.hidden = false;
      document.body.classList.add("reviewing");
      this.show();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private show(): void {
    const item = this.queue.current;
    if (!item) return void this.finish();
    const verdict = (name: Verdict) =>
      el("button", { type: "button", class: name, onclick: () => this.vote(name) }, `${this.manner.words[name]} `, el("kbd", {}, this.keyOf(name)));
    this.box.replaceChildren(
      el("p", { class: "what" }, "Is this ", el("b", {}, this.label), `?  ${this.queue.at + 1} of ${this.queue.items.length}`),
      el("progress", { max: this.queue.items.length, value: this.queue.at, "aria-label": "Progress" }),
      ...this.shown(item),
      el(
        "div",
        { class: "verdicts" },
        verdict("reject"),
        verdict("unsure"),
        verdict("accept"),
      ),
      el(
        "p",
        { class: "row figures" },
        el("button", { type: "button", onclick: () => this.run("play") }, "Play ", el("kbd", {}, this.keyOf("play"))),
        el("button", { type: "button", onclick: () => this.run("undo"), disabled: !this.queue.said.length }, "Undo ", el("kbd", {}, this.keyOf("undo"))),
        el("button", { type: "button", onclick: () => this.run("leave") }, "Stop ", el("kbd", {}, this.keyOf("leave"))),
      ),
      el("p", { class: "figures" }, el("span", { class: "precision" }), el("span", {}, this.tally())),
    );
    this.hear(item);
    void this.estimate();
  }

  /** Of a moment, nothing is told before the answer: not where it is from, nor its score. */
  private shown(item: Item): HTMLElement[] {
    if (!this.clip || !isMoment(item)) {
      return [
        el("p", { class: "name" }, fileName(item.path)),
        el("p", { class: "folder" }, [folderName(item.path), item.hardly_heard ? "hardly heard" : ""].filter(Boolean).join(" · ")),
        el("canvas", { class: "outline", role: "img", "aria-label": "Waveform" }),
      ];
    }
    return [el("p", { class: "name" }, `A moment of ${(item.end_s - item.start_s).toFixed(1)} s`), this.clip.box, this.answered()];
  }

  /** The moment before: what it was is told once it is answered. */
  private answered(): HTMLElement {
    const last = this.queue.said.at(-1);
    const item = last && this.queue.items[last.at];
    if (!last || !item || !isMoment(item)) return el("p", { class: "folder answered" });
    const place = `${item.path} at ${seconds(item.start_s)}`;
    return el("p", { class: "folder answered" }, `${this.manner.words[last.verdict]}: ${place}, score ${item.score.toFixed(3)}, ${item.stratum}`);
  }

  private keyOf(command: string): string {
    return keyName(this.manner.keys.find((one) => one.command === command)?.keys[0] ?? "");
  }

  private tally(): string {
    const verdicts: Verdict[] = ["accept", "reject", "unsure"];
    return verdicts.map((one) => `${this.manner.words[one].toLowerCase()} ${this.queue.count(one)}`).join(", ");
  }

  private hear(item: Item): void {
    if (this.clip && isMoment(item)) {
      this.clip.show(item, this.player.volume).catch((error: Error) => say(error.message, "error"));
      this.clip.prepare(this.queue.next(AHEAD).filter(isMoment));
      return;
    }
    this.player.play({ id: item.sample_id, name: item.path });
    this.player.prepare(this.queue.next(AHEAD).map((one) => one.sample_id));
    this.peaks = null;
    this.api.bytes(`sample/${item.sample_id}/peaks`).then(
      (bytes) => {
        if (this.queue.current !== item) return;
        this.peaks = new Int8Array(bytes);
        this.draw();
      },
      (error: Error) => say(error.message, "error"),
    );
  }

  private draw(): void {
    const canvas = this.box.querySelector<HTMLCanvasElement>("canvas.outline");
    if (canvas && this.peaks) drawOutline(canvas, this.peaks, this.player.share);
  }

  /** Votes are sent one after the other while the person goes on. */
  private vote(verdict: Verdict): void {
    const { queue, undoing, label, reviewId } = this;
    if (undoing) return void undoing.then(() => queue === this.queue && this.vote(verdict));
    const item = queue.current;
    const said = queue.say(verdict);
    if (!item || !said) return;
    const span = isMoment(item) ? { start_s: item.start_s, end_s: item.end_s } : {};
    const body = { label, sample_ids: [item.sample_id], ...span, verdict, review_id: reviewId, stratum: item.stratum };
    this.sending = this.sending.then(() => this.send(body, said));
    this.show();
  }

  private async send(body: object, said: Said): Promise<void> {
    try {
      said.change = (await this.api.write("api/votes", body)).change;
    } catch (error) {
      say(`Not stored: ${(error as Error).message}`, "error");
    }
  }

  /** Undoes the last answer, once it is stored; it is asked for again. */
  private undo(): void {
    const undoing = this.sending.then(async () => {
      const last = this.queue.said.at(-1);
      if (last?.change) await this.context.undo.undo(last.change.change_id);
      else if (last) this.back();
      if (this.undoing === undoing) this.undoing = null;
    });
    this.sending = this.undoing = undoing;
  }

  /** An answer was undone, by whatever key or button: if it is the last one, it is asked for again. */
  private turned({ id, undone }: Turned): void {
    if (undone && this.queue.said.at(-1)?.change?.change_id === id) this.back();
  }

  private back(): void {
    this.queue.undo();
    this.show();
  }

  /** Waits until all votes are stored; only the last question counts. */
  private async estimate(): Promise<void> {
    const turn = (this.estimating += 1);
    await this.sending;
    const shown = this.box.querySelector(".precision");
    if (!shown || turn !== this.estimating) return;
    try {
      const found = await this.api.get("api/precision", { label: this.label, moments: this.clip ? 1 : null });
      if (turn !== this.estimating) return;
      this.handlers.measured?.(found);
      shown.replaceChildren("Precision above the threshold: ", el("b", {}, interval(found)));
    } catch (error) {
      shown.textContent = (error as Error).message;
    }
  }

  private async finish(): Promise<void> {
    this.player.stop();
    this.clip?.stop();
    await this.sending;
    this.box.replaceChildren(
      el("p", { class: "name" }, `Thank you: ${this.queue.said.length} answered`),
      ...(this.clip ? [this.answered()] : []),
      el("p", { class: "figures" }, el("span", { class: "precision" }), el("span", {}, this.tally())),
      el("p", { class: "row figures" }, el("button", { type: "button", onclick: () => this.close() }, "Close")),
    );
    await this.estimate();
    this.handlers.done();
  }

  /** Asks nothing more, not even what is on its way. */
  leave(): void {
    this.starting += 1;
    if (!this.box.hidden) this.close();
  }

  /** Ends the queue where it is; votes that were cast stay. */
  close(): void {
    this.player.stop();
    this.clip?.close();
    this.clip = null;
    this.queue = new Queue([]);
    this.box.hidden = true;
    document.body.classList.remove("reviewing");
    this.box.replaceChildren();
    void this.sending.then(() => this.handlers.done());
  }

  private key(event: KeyboardEvent): void {
    const isCovered = this.box.offsetParent === null || isInDialog();
    if (this.box.hidden || isCovered) return;
    const target = event.target as HTMLElement;
    if (target.getAttribute("role") === "slider") return;
    // Here the keys are for voting, wherever the hand is; a button keeps Enter alone.
    const tag = target.tagName === "BUTTON" && event.key === " " ? "BODY" : target.tagName;
    const command = commandOf(this.manner.keys, event, { tag, type: (target as HTMLInputElement).type });
    if (!command) return;
    event.preventDefault();
    this.run(command);
  }

  private run(command: string): void {
    if (command === "accept" || command === "reject" || command === "unsure") this.vote(command);
    else if (command === "undo") this.undo();
    else if (command === "leave") this.close();
    else if (this.clip && this.queue.current) this.clip.play(this.player.volume);
    else if (this.queue.current) this.player.play({ id: this.queue.current.sample_id, name: this.queue.current.path });
  }
}
