/** The tab "Labels" beside the map: the labels, and work on the one that is chosen. */

import type { LabelOverview } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { byId, el, redraw, say } from "../page/elements.ts";
import type { Tab } from "../page/tabs.ts";
import type { Player } from "../player/player.ts";
import type { ListContext, SoundListHandlers } from "../list/sound_list.ts";
import { subjectOf, type Lit, type Subject } from "./examples.ts";
import { LabelWork } from "./label_work.ts";
import { labelList, newLabelForm } from "./label_list.ts";

export interface LabelsTabHandlers extends SoundListHandlers {
  /** The map is to show a label's sounds; without any, what was found. */
  light(lit?: Lit[]): Promise<void>;
  /** Examples or tags are others. */
  labelled(): void;
}

export class LabelsTab {
  private readonly box = byId("label-list");
  private readonly work: LabelWork;
  private readonly api: Api;
  private readonly ids: ReadonlySet<number>;
  private chosen = "";
  private held: number | null = null;
  private turn = 0;
  private isLit = false;
  /** Whether the page was told that examples or tags are others: matches are lit before it asks for all that hangs on them. */
  private isTold = true;

  constructor(
    context: ListContext,
    player: Player,
    private readonly config: Config,
    private readonly handlers: LabelsTabHandlers,
  ) {
    [this.api, this.ids] = [context.api, context.ids];
    this.work = new LabelWork(byId("label-work"), context, player, config, {
      ...handlers,
      light: (lit) => this.light(lit),
      subject: () => this.subject,
      back: () => void this.choose(""),
      showLabel: (name) => void this.choose(name),
      changed: () => {
        this.isTold = false;
        void this.refresh().finally(() => this.tell());
      },
    });
  }

  /** Shows a label; nothing stands for the list of all. */
  async choose(name: string): Promise<void> {
    this.chosen = name;
    this.work.leave();
    if (!name) this.unlight();
    await this.refresh();
  }

  /** Asks anew for what there is; only the last answer counts. */
  async refresh(): Promise<void> {
    const turn = (this.turn += 1);
    try {
      const { labels } = await this.api.get("api/labels");
      if (turn !== this.turn) return;
      const label = labels.find((one) => one.name === this.chosen);
      this.box.hidden = label !== undefined;
      if (label) return await this.work.show(label);
      this.work.hide();
      this.list(labels);
    } catch (error) {
      if (turn !== this.turn) return;
      this.box.hidden = false;
      this.box.replaceChildren(el("h2", {}, "Labels"), el("p", { class: "note" }, (error as Error).message));
    }
  }

  /** Another tab is shown: the map lights what that one lists. */
  turnedTo(tab: Tab): void {
    if (tab === "labels") void this.refresh();
    else if (tab === "results") this.unlight();
  }

  private async light(lit: Lit[]): Promise<void> {
    this.isLit = true;
    await this.handlers.light(lit);
    this.tell();
  }

  private tell(): void {
    if (!this.isTold) this.handlers.labelled();
    this.isTold = true;
  }

  private unlight(): void {
    if (this.isLit) void this.handlers.light();
    this.isLit = false;
  }

  step(by: number): void {
    this.work.step(by);
  }

  mark(id: number | null): void {
    this.work.mark(id);
  }

  /** Other sounds are selected, or another one is in hand. */
  offer(held: number | null): void {
    this.held = held;
    this.work.offer();
    const button = this.box.querySelector<HTMLElement>(".new-label button");
    if (button) button.textContent = this.making;
  }

  private get subject(): Subject | null {
    return subjectOf(this.ids, this.held);
  }

  private get making(): string {
    return this.subject ? `Make it of ${this.subject.text}` : "Make a label";
  }

  private list(labels: LabelOverview[]): void {
    const begin = "Select 3 to 5 sounds that are alike, on the map or in a list, and name what they are.";
    const form = newLabelForm(this.making, (name) => void this.make(name));
    redraw(this.box, "input[name=name]", () => this.box.replaceChildren(
      el("h2", {}, "Labels"),
      el("p", { class: "hint" }, labels.length ? "Choose one to hear its examples and what it finds, or make another." : begin),
      this.config.mayLabel ? form : el("p", { class: "note" }, this.config.readOnly),
      labelList(labels, (label) => void this.choose(label.name)),
    ));
  }

  private async make(name: string): Promise<void> {
    const subject = this.subject;
    try {
      if (subject) await this.api.post("api/anchors", { label: name, sample_ids: subject.ids, polarity: "positive", create: true });
      else await this.api.post("api/labels", { name });
      this.box.querySelector("form")?.reset();
      this.handlers.labelled();
      await this.choose(name);
    } catch (error) {
      say((error as Error).message, "error");
    }
  }
}
