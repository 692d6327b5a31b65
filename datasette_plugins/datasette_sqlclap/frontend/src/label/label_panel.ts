/** One label: its scores and threshold, its matches, reviewing, calibrating, tagging. */

import type { LabelOverview, RivalReport } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { el, say } from "../page/elements.ts";
import { offerCutOff, undoCutOff } from "./cut_off.ts";
import { interval } from "./health.ts";
import { HistogramView } from "./histogram.ts";
import type { Player } from "../player/player.ts";
import type { Moments } from "./review.ts";
import { annotationDownload } from "../list/annotation_download.ts";
import { momentForm } from "./moment_form.ts";
import { RowListing } from "../list/listings.ts";
import { SoundList, type ListContext } from "../list/sound_list.ts";
import { trackOf } from "../list/sound_row.ts";
import type { Runs } from "./runs.ts";

/** As many as one answer may hold. */
const MOST_MATCHES = 1000;

export interface PanelHandlers {
  review(label: string, moments?: Moments): void;
  changed(): void;
}

export class LabelPanel {
  private label: LabelOverview | null = null;
  private asking = 0;
  private estimating = 0;
  private readonly api: Api;
  private readonly rows = el("div", {});
  private readonly found: SoundList;

  constructor(
    private readonly box: HTMLElement,
    context: ListContext,
    player: Player,
    private readonly config: Config,
    private readonly runs: Runs,
    private readonly handlers: PanelHandlers,
  ) {
    this.api = context.api;
    this.found = new SoundList(this.rows, "What it finds", context, {
      open: (id) => location.assign(`map#sample=${id}`),
      play: (match) => player.play(trackOf(match)),
      hover: () => {},
      selected: () => {},
      playThrough: (tracks) => player.playAll(tracks),
    });
  }

  async show(label: LabelOverview): Promise<void> {
    this.label = label;
    this.box.hidden = false;
    const canvas = el("canvas", { class: "histogram" });
    this.box.replaceChildren(
      el("header", { class: "row" }, el("h2", {}, label.name), el("span", { class: "grow" }), ...this.actions(label)),
      canvas,
      el("p", { class: "figures" }, el("span", { class: "precision" }, "")),
      el("div", { class: "outcome" }),
      el("div", { class: "rivals" }),
      annotationDownload(this.api, { label: label.name }),
      el("h3", {}, "What it finds"),
      this.rows,
    );
    this.rows.hidden = true;
    const { threshold } = label;
    if (!label.anchors || threshold === null) {
      canvas.remove();
      this.box.append(el("p", { class: "note" }, "It has no anchors yet: select sounds on the map, and add them."));
      return;
    }
    await Promise.allSettled([this.histogram(canvas, label), this.estimate(threshold), this.matches(label), this.rivals(label)]);
  }

  private actions(label: LabelOverview): HTMLElement[] {
    if (!this.config.mayLabel) return [];
    const button = (text: string, run: () => void, kind = "") => el("button", { type: "button", class: kind, onclick: run }, text);
    return [
      button("Review", () => this.handlers.review(label.name), "primary"),
      button("Review moments…", () => void this.askMoments(label)),
      button("Calibrate", () => void offerCutOff(this.api, label.name, this.outcome, this.handlers.changed)),
      ...(label.threshold_from === "calibrated" ? [button("Undo calibration", () => void undoCutOff(this.api, label.name, this.handlers.changed))] : []),
      button("Tag…", () => void this.runs.rehearse(label.name, "high", this.outcome)),
      button("Remove", () => void this.remove(label)),
    ];
  }

  private async askMoments(label: LabelOverview): Promise<void> {
    const form = await momentForm(this.api, (moments) => this.handlers.review(label.name, moments));
    this.outcome.replaceChildren(form);
    form.querySelector("input")?.focus();
  }

  private get outcome(): HTMLElement {
    return this.box.querySelector(".outcome") as HTMLElement;
  }

  private async histogram(canvas: HTMLCanvasElement, label: LabelOverview): Promise<void> {
    const found = await this.api.get("api/histogram", { label: label.name });
    new HistogramView(canvas, found, (threshold, settled) => {
      window.clearTimeout(this.asking);
      this.asking = window.setTimeout(() => this.estimate(threshold).catch((error: Error) => say(error.message, "error")), 120);
      if (settled && this.config.mayLabel) this.offer(label, threshold);
    });
  }

  private offer(label: LabelOverview, threshold: number): void {
    const set = (value: number | null) => void this.setThreshold(label, value);
    this.outcome.replaceChildren(
      el(
        "p",
        { class: "row" },
        el("button", { type: "button", class: "primary", onclick: () => set(threshold) }, `Set the threshold to ${threshold.toFixed(3)}`),
        el("button", { type: "button", onclick: () => set(null) }, "Back to the calibrated or default one"),
      ),
    );
  }

  private async setThreshold(label: LabelOverview, threshold: number | null): Promise<void> {
    try {
      await this.api.post("api/labels/change", { label: label.name, threshold });
      this.handlers.changed();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  /** Only the last threshold's answer counts. */
  private async estimate(threshold: number): Promise<void> {
    const label = this.label;
    if (!label) return;
    const turn = (this.estimating += 1);
    const found = await this.api.get("api/precision", { label: label.name, threshold });
    if (turn !== this.estimating) return;
    this.box.querySelector(".precision")?.replaceChildren(
      `Precision above ${threshold.toFixed(3)}: `,
      el("b", {}, interval(found)),
    );
  }

  private async matches(label: LabelOverview): Promise<void> {
    const { matches } = await this.api.get("api/matches", { label: label.name, n: MOST_MATCHES });
    if (this.label !== label) return;
    this.rows.hidden = !matches.length;
    if (!matches.length) this.rows.after(el("p", { class: "note" }, "Nothing."));
    await this.found.show(new RowListing(this.api, matches));
  }

  /** Who holds sounds back, and who could: a lead is only as good as the rivals it is over. */
  private async rivals(label: LabelOverview): Promise<void> {
    const found = await this.api.get("api/rivals", { label: label.name });
    if (this.label !== label) return;
    const lines = found.held_back.slice(0, 5).map((one) => `${one.label ?? `not ${one.path}`} holds back ${one.matches} of its ${found.looked_at} best`);
    const alone = "Nothing tells it from the rest: no other label has anchors, it has no negative anchor, and it is not calibrated. Its sounds are at most medium.";
    this.box.querySelector(".rivals")?.replaceChildren(
      el("h3", {}, "Rivals"),
      ...(found.can_be_high ? [] : [el("p", { class: "note" }, alone)]),
      el("ul", { class: "note" }, ...lines.map((line) => el("li", {}, line))),
      el("p", { class: "note", hidden: !found.suggested.length }, "Could be told apart from it: ", ...found.suggested.flatMap((one, at) => [at ? ", " : "", this.suggested(one)])),
    );
  }

  private suggested(one: RivalReport["suggested"][number]): HTMLElement {
    const first = one.sample_ids[0];
    if (one.kind === "label" || first === undefined) return el("span", {}, `the label ${one.name}`);
    const text = one.kind === "cluster" ? `the cluster ${one.name}` : one.name;
    return el("a", { href: `map#sample=${first}` }, text);
  }

  private async remove(label: LabelOverview): Promise<void> {
    if (!confirm(`Remove ${label.name} with its anchors, votes and tags?`)) return;
    try {
      await this.api.post("api/labels/remove", { label: label.name });
      this.box.hidden = true;
      this.handlers.changed();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }
}
