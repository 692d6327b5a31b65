/** Reviewing: one sound at a time, by keyboard. */

import type { Api } from "./api.ts";
import { el, say } from "./elements.ts";
import { interval } from "./health.ts";
import { REVIEW_KEYS, commandOf, keyName } from "./keyboard.ts";
import type { Player } from "./player.ts";
import { Queue, type Item, type Said, type Verdict } from "./queue.ts";
import { fileName, folderName } from "./show.ts";
import { drawOutline } from "./waveform.ts";

const AHEAD = 4;

export class Review {
  private queue = new Queue([]);
  private reviewId = 0;
  private label = "";
  private peaks: Int8Array | null = null;
  private estimating = 0;
  private sending: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly box: HTMLElement,
    private readonly api: Api,
    private readonly player: Player,
    private readonly done: () => void,
  ) {
    document.addEventListener("keydown", (event) => this.key(event));
    player.addEventListener("change", () => this.draw());
  }

  async start(label: string, n = 40): Promise<void> {
    try {
      const drawn = await this.api.post<{ review_id: number; items: Item[] }>("api/review", { label, n });
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
    const verdict = (name: Verdict, text: string, key: string) =>
      el("button", { type: "button", class: name, onclick: () => this.vote(name) }, `${text} `, el("kbd", {}, keyName(key)));
    this.box.replaceChildren(
      el("p", { class: "what" }, "Is this ", el("b", {}, this.label), `?  ${this.queue.at + 1} of ${this.queue.items.length}`),
      el("progress", { max: this.queue.items.length, value: this.queue.at, "aria-label": "Progress" }),
      el("p", { class: "name" }, fileName(item.path)),
      el("p", { class: "folder" }, [folderName(item.path), item.hardly_heard ? "hardly heard" : ""].filter(Boolean).join(" · ")),
      el("canvas", { class: "outline", role: "img", "aria-label": "Waveform" }),
      el(
        "div",
        { class: "verdicts" },
        verdict("reject", "No", "ArrowLeft"),
        verdict("unsure", "Unsure", "ArrowDown"),
        verdict("accept", "Yes", "ArrowRight"),
      ),
      el(
        "p",
        { class: "row figures" },
        el("button", { type: "button", onclick: () => this.run("play") }, "Play ", el("kbd", {}, "Space")),
        el("button", { type: "button", onclick: () => this.run("undo"), disabled: !this.queue.said.length }, "Undo ", el("kbd", {}, "U")),
        el("button", { type: "button", onclick: () => this.run("leave") }, "Stop ", el("kbd", {}, "Esc")),
      ),
      el("p", { class: "figures" }, el("span", { class: "precision" }), el("span", {}, this.tally())),
    );
    this.hear(item);
    void this.estimate();
  }

  private tally(): string {
    return `yes ${this.queue.count("accept")}, no ${this.queue.count("reject")}, unsure ${this.queue.count("unsure")}`;
  }

  private hear(item: Item): void {
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
    const canvas = this.box.querySelector("canvas");
    if (canvas && this.peaks) drawOutline(canvas, this.peaks, this.player.share);
  }

  /** Votes are sent one after the other while the person goes on. */
  private vote(verdict: Verdict): void {
    const item = this.queue.current;
    const said = this.queue.say(verdict);
    if (!item || !said) return;
    this.sending = this.sending.then(() => this.send(item, said));
    this.show();
  }

  private async send(item: Item, said: Said): Promise<void> {
    const body = { label: this.label, sample_ids: [item.sample_id], verdict: said.verdict, review_id: this.reviewId, stratum: item.stratum };
    try {
      said.voteId = (await this.api.post<{ vote_ids: number[] }>("api/votes", body)).vote_ids[0] ?? null;
    } catch (error) {
      say(`Not stored: ${(error as Error).message}`, "error");
    }
  }

  private undo(): void {
    const said = this.queue.undo();
    if (!said) return;
    this.sending = this.sending.then(async () => {
      try {
        if (said.voteId !== null) await this.api.post("api/votes/undo", { vote_id: said.voteId });
      } catch (error) {
        say((error as Error).message, "error");
      }
    });
    this.show();
  }

  /** Waits until all votes are stored; only the last question counts. */
  private async estimate(): Promise<void> {
    const turn = (this.estimating += 1);
    await this.sending;
    const shown = this.box.querySelector(".precision");
    if (!shown || turn !== this.estimating) return;
    try {
      const found = await this.api.get<{ precision: number | null; low: number; high: number; above: number }>("api/precision", { label: this.label });
      if (turn !== this.estimating) return;
      shown.replaceChildren("Precision above the threshold: ", el("b", {}, interval(found)));
    } catch (error) {
      shown.textContent = (error as Error).message;
    }
  }

  private async finish(): Promise<void> {
    this.player.stop();
    await this.sending;
    this.box.replaceChildren(
      el("p", { class: "name" }, `Thank you: ${this.queue.said.length} answered`),
      el("p", { class: "figures" }, el("span", { class: "precision" }), el("span", {}, this.tally())),
      el("p", { class: "row figures" }, el("button", { type: "button", onclick: () => this.close() }, "Close")),
    );
    await this.estimate();
    this.done();
  }

  private close(): void {
    this.player.stop();
    this.queue = new Queue([]);
    this.box.hidden = true;
    document.body.classList.remove("reviewing");
    this.box.replaceChildren();
    void this.sending.then(() => this.done());
  }

  private key(event: KeyboardEvent): void {
    if (this.box.hidden) return;
    const target = event.target as HTMLElement;
    if (target.getAttribute("role") === "slider") return;
    // Here the keys are for voting, wherever the hand is; a button keeps Enter alone.
    const tag = target.tagName === "BUTTON" && event.key === " " ? "BODY" : target.tagName;
    const command = commandOf(REVIEW_KEYS, event, { tag, type: (target as HTMLInputElement).type });
    if (!command) return;
    event.preventDefault();
    this.run(command);
  }

  private run(command: string): void {
    if (command === "accept" || command === "reject" || command === "unsure") this.vote(command);
    else if (command === "undo") this.undo();
    else if (command === "leave") this.close();
    else if (this.queue.current) this.player.play({ id: this.queue.current.sample_id, name: this.queue.current.path });
  }
}
