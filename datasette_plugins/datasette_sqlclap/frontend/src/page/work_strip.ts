/** A strip that shows how far taking in sounds, index and map are, while something is at it. */

import type { RunningWork, WorkAnswer } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { byId, el, whisper } from "./elements.ts";
import type { Failures } from "./failures.ts";
import { count } from "./show.ts";
import { wordsOf } from "./work_words.ts";

const EVERY_MS = 1000;
/** How often is looked whether a program has begun to work on the library: by a page that is seen alone. */
const IDLE_MS = 5000;

export interface WorkHandlers {
  /** There are other sounds than before. */
  arrived(samples: number): void;
  /** There is another map than before; whether it came of work that was seen here. */
  mapped(isExpected: boolean): void;
}

export class WorkStrip {
  private readonly bar = el("progress", { "aria-label": "How far" });
  private readonly now = el("span", { class: "now" });
  private readonly next = el("span", { class: "note" });
  private readonly dismiss = el("button", { type: "button", class: "close", "aria-label": "Close", textContent: "×", onclick: () => this.hide() });
  private running: RunningWork | null = null;
  private failed = 0;
  private sawWork = false;
  private looking = false;
  private timer = 0;

  constructor(
    private readonly api: Api,
    private readonly failures: Failures,
    private last: { samples: number; layout: string | null },
    private readonly handlers: WorkHandlers,
  ) {
    byId("work").append(this.bar, this.now, this.next, failures.box, this.dismiss);
  }

  /** Looks now, whenever one comes back to the page, and every few seconds; while something is at work, each second. */
  start(): void {
    const look = () => void this.look();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    look();
  }

  async look(): Promise<void> {
    if (document.hidden || this.looking) return;
    this.looking = true;
    window.clearTimeout(this.timer);
    try {
      this.show(await this.api.get("api/work"));
    } catch {
      // The server is away for a moment; what went on may still do so.
    } finally {
      this.looking = false;
      this.timer = window.setTimeout(() => void this.look(), this.running ? EVERY_MS : IDLE_MS);
    }
  }

  private show({ work, samples, layout }: WorkAnswer): void {
    const before = this.running;
    this.running = work?.state === "running" ? work : null;
    this.sawWork ||= this.running !== null;
    if (work) this.draw(work);
    else this.hide();
    if (before && !work) whisper(`Done: ${count(samples, "sound")}`);
    if (!before && this.running) whisper(wordsOf(this.running).now);
    const [old, failed] = [this.last, work?.failed ?? 0];
    this.last = { samples, layout };
    if (failed > this.failed || (before && !work)) this.failures.look();
    this.failed = failed;
    if (samples !== old.samples) this.handlers.arrived(samples);
    if (layout && layout !== old.layout) this.handlers.mapped(this.sawWork);
  }

  private draw(work: RunningWork): void {
    const { now, next } = wordsOf(work);
    byId("work").hidden = false;
    this.bar.hidden = work.state === "stopped";
    if (work.total > 1) Object.assign(this.bar, { max: work.total, value: work.done });
    else this.bar.removeAttribute("value");
    this.now.textContent = now;
    this.next.textContent = [next, work.failed && !this.failures.seesPaths ? `${count(work.failed, "file")} failed` : ""].filter(Boolean).join(" · ");
    this.dismiss.hidden = work.state === "running";
  }

  private hide(): void {
    byId("work").hidden = true;
  }
}
