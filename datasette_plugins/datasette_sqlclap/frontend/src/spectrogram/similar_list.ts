/** What sounds like a span, anywhere in the library: each with its place, and a way there. */

import type { Api } from "../api/api.ts";
import { el, say } from "../page/elements.ts";
import { fileName, folderName } from "../page/show.ts";
import { timeText } from "./axes.ts";
import type { Stretch } from "./view.ts";

const MOST = 50;

interface Found {
  sample_id: number;
  path: string;
  score: number;
  weak: boolean;
  start_s?: number;
  end_s?: number;
}

export class SimilarList {
  private turn = 0;

  constructor(
    private readonly box: HTMLElement,
    private readonly api: Api,
    private readonly goTo: (sample: number, span: Stretch | null) => void,
  ) {}

  async ask(sample: number, span: Stretch): Promise<void> {
    const turn = (this.turn += 1);
    this.box.parentElement?.removeAttribute("hidden");
    this.box.replaceChildren(el("p", { class: "hint" }, "Listening to the span…"));
    try {
      const answer = await this.api.get("api/similar", { sample, start_s: span.from, end_s: span.to, moments: 1, n: MOST });
      if (turn !== this.turn) return;
      this.show(answer.matches as Found[], answer.doubt);
    } catch (error) {
      if (turn !== this.turn) return;
      this.box.replaceChildren(el("p", { class: "note" }, (error as Error).message));
    }
  }

  private show(found: Found[], doubt: string | null): void {
    say(found.length ? `${found.length} places sound like it` : "Nothing sounds like it");
    this.box.replaceChildren(
      ...(doubt ? [el("p", { class: "note" }, doubt)] : []),
      el("ol", { class: "event-list similar-list" }, ...found.map((one) => this.row(one))),
    );
    this.box.scrollIntoView({ block: "nearest" });
  }

  private row(one: Found): HTMLElement {
    const span = typeof one.start_s === "number" && typeof one.end_s === "number" ? { from: one.start_s, to: one.end_s } : null;
    const where = span ? timeText(span.from, 0.1) : "";
    const named = el("span", { class: "what" }, el("b", {}, fileName(one.path)), el("span", { class: "note" }, folderName(one.path)));
    const parts = [el("span", { class: "when" }, where), named, el("span", { class: "score" }, one.score.toFixed(3))];
    return el("li", { class: one.weak ? "weak" : "" }, el("button", { type: "button", onclick: () => this.goTo(one.sample_id, span) }, ...parts));
  }
}
