/** Marks over the picture, and the same as a list beneath it. */

import type { Api } from "../api/api.ts";
import { el, say } from "../page/elements.ts";
import { count } from "../page/show.ts";
import type { Place } from "./address.ts";
import { timeText } from "./axes.ts";
import { laid, marksOf, type Mark } from "./marks.ts";
import type { Stretch } from "./view.ts";

const MOST_MARKS = 80;
const MOST_LANES = 6;
const MOST_LISTED = 300;
/** A name needs so many pixels. */
const NAME_PX = 52;

export class EventList {
  marks: Mark[] = [];
  private turn = 0;
  private drawn = "";

  constructor(
    private readonly layer: HTMLElement,
    private readonly box: HTMLElement,
    private readonly open: (mark: Mark) => void,
  ) {}

  /** Asks what lies where in a sound; only the last answer counts. */
  async ask(api: Api, sample: number, place: Place): Promise<void> {
    const turn = (this.turn += 1);
    const query = { label: place.label, confidence: place.label ? place.confidence : "", q: place.words, n: 1000 };
    try {
      const answer = await api.ofSample("sample/ID/events", sample, query);
      if (turn === this.turn) this.take(marksOf(answer, place.words, place.label));
    } catch (error) {
      if (turn !== this.turn) return;
      say((error as Error).message, "error");
      if (place.label || place.words) await this.ask(api, sample, { ...place, label: "", words: "" });
    }
  }

  /** Draws those in view. */
  draw(view: Stretch, width: number, left: number): void {
    const key = [view.from, view.to, width, this.turn].join();
    if (key === this.drawn) return;
    this.drawn = key;
    const length = view.to - view.from;
    const shown = laid(this.marks, view, MOST_MARKS, (NAME_PX / width) * length).filter((one) => one.lane < MOST_LANES);
    this.layer.style.left = `${left}px`;
    this.layer.replaceChildren(
      ...shown.map(({ mark, lane }) => {
        const [from, to] = [Math.max(mark.from, view.from), Math.min(mark.to, view.to)];
        const made = el("button", { type: "button", class: `mark ${mark.kind}`, tabIndex: -1, title: spoken(mark), onclick: () => this.open(mark) }, mark.name);
        made.style.left = `${(100 * (from - view.from)) / length}%`;
        made.style.width = `${(100 * (to - from)) / length}%`;
        made.style.setProperty("--lane", String(lane));
        return made;
      }),
    );
  }

  private take(marks: Mark[]): void {
    this.marks = marks;
    this.drawn = "";
    const listed = marks.slice(0, MOST_LISTED);
    const more = marks.length - listed.length;
    this.box.replaceChildren(
      el("p", { class: "hint" }, marks.length ? `${count(marks.length, "event")}${more ? `, the first ${MOST_LISTED} below` : ""}; N and P go from one to the next.` : "Nothing is marked here. Choose a label or search for words, or drag over the picture."),
      el("ol", { class: "event-list" }, ...listed.map((mark) => el("li", {}, el("button", { type: "button", class: mark.kind, "aria-label": spoken(mark), onclick: () => this.open(mark) }, ...row(mark))))),
    );
  }
}

function row(mark: Mark): HTMLElement[] {
  return [el("span", { class: "when" }, timeText(mark.from, 0.1)), el("i", { class: "dot" }), el("b", {}, mark.name), el("span", { class: "note" }, mark.about)];
}

function spoken(mark: Mark): string {
  return `${mark.name}, ${mark.about}, ${timeText(mark.from, 0.1)} to ${timeText(mark.to, 0.1)}`;
}
