/** One label: its scores and threshold, its matches, reviewing, calibrating, tagging. */

import type { LabelOverview } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { el, orSay, say } from "../page/elements.ts";
import { offerCutOff, undoCutOff } from "./cut_off.ts";
import { interval } from "./health.ts";
import { HistogramView } from "./histogram.ts";
import type { Player } from "../player/player.ts";
import type { Moments } from "./review.ts";
import { annotationDownload } from "../list/annotation_download.ts";
import { momentForm } from "./moment_form.ts";
import type { ListContext, SoundListHandlers } from "../list/sound_list.ts";
import { trackOf, type ListedMatch } from "../list/sound_row.ts";
import { FoundList } from "./found_list.ts";
import { Rehearsal } from "./rehearsal.ts";
import { Rivals } from "./rivals.ts";

export interface PanelHandlers {
  review(label: string, moments?: Moments): void;
  changed(): void;
  showLabel(name: string): void;
}

export class LabelPanel {
  private label: LabelOverview | null = null;
  private asking = 0;
  private estimating = 0;
  private readonly api: Api;
  private readonly rehearsing = el("div", { class: "rehearsal", role: "status" });
  private readonly found: FoundList;
  private readonly rivals: Rivals;
  private readonly rehearsal: Rehearsal;

  constructor(
    private readonly box: HTMLElement,
    context: ListContext,
    player: Player,
    private readonly config: Config,
    private readonly handlers: PanelHandlers,
  ) {
    this.api = context.api;
    const lists: SoundListHandlers = {
      open: (id) => location.assign(`map#sample=${id}`),
      play: (match) => player.play(trackOf(match)),
      hover: () => {},
      selected: () => {},
      playThrough: (tracks) => player.playAll(tracks),
    };
    const besides = (row: ListedMatch) => ("margin" in row && config.mayLabel ? this.rehearsal.besides(row) : null);
    this.found = new FoundList(context, { ...lists, besides }, () => void this.again());
    this.rivals = new Rivals(context, config.mayLabel, {
      ...lists,
      showLabel: handlers.showLabel,
      said: () => handlers.changed(),
    });
    this.rehearsal = new Rehearsal(this.rehearsing, context, {
      planned: (rows, told) => void orSay(() => this.found.showPlanned(told, rows)),
      left: () => void this.again(),
      changed: () => handlers.changed(),
    });
  }

  async show(label: LabelOverview): Promise<void> {
    if (this.label?.name !== label.name) {
      this.rehearsal.leave();
      this.rivals.clear();
    }
    this.label = label;
    this.box.hidden = false;
    const canvas = el("canvas", { class: "histogram" });
    this.box.replaceChildren(
      el("header", { class: "row" }, el("h2", {}, label.name), el("span", { class: "grow" }), ...this.actions(label)),
      canvas,
      el("p", { class: "figures" }, el("span", { class: "precision" }, "")),
      el("div", { class: "outcome" }),
      this.rehearsing,
      this.rivals.box,
      annotationDownload(this.api, { label: label.name }),
      this.found.box,
    );
    this.found.box.hidden = !label.anchors;
    const { threshold } = label;
    if (!label.anchors || threshold === null) {
      canvas.remove();
      this.box.append(el("p", { class: "note" }, "It has no anchors yet: select sounds on the map, and add them."));
      return;
    }
    await Promise.allSettled([this.histogram(canvas, label), this.estimate(threshold), this.rehearsal.label ? this.rehearsal.again() : this.matches(label), this.rivals.show(label)]);
  }

  private actions(label: LabelOverview): HTMLElement[] {
    if (!this.config.mayLabel) return [];
    const button = (text: string, run: () => void, kind = "") => el("button", { type: "button", class: kind, onclick: run }, text);
    return [
      button("Review", () => this.handlers.review(label.name), "primary"),
      button("Review moments…", () => void this.askMoments(label)),
      button("Calibrate", () => void offerCutOff(this.api, label.name, (...parts) => this.label?.name === label.name && this.outcome.replaceChildren(...parts), this.handlers.changed)),
      ...(label.threshold_from === "calibrated" ? [button("Undo calibration", () => void undoCutOff(this.api, label.name, this.handlers.changed))] : []),
      button("Tag…", () => void this.rehearsal.start(label.name)),
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
    const matches = await this.found.askAll(label);
    if (matches && this.label === label && !this.rehearsal.label) await this.found.showMatches(label, matches);
  }

  private async again(): Promise<void> {
    const { label } = this;
    if (label) await orSay(() => this.matches(label));
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
