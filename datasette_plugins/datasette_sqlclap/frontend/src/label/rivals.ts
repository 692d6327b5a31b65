/** Sounds near a label's matches that are none of its examples: is this a different thing? */

import type { LabelOverview, RivalReport } from "../api/answers.ts";
import type { Written } from "../api/api.ts";
import { el, orSay, say } from "../page/elements.ts";
import { count, fileName } from "../page/show.ts";
import { IdListing } from "../list/listings.ts";
import { SoundList, type ListContext, type SoundListHandlers } from "../list/sound_list.ts";
import type { Polarity } from "./examples.ts";

const SHOWN_HOLDERS = 3;
const ALONE = "Nothing tells it from the rest yet, so its matches are likely (medium) at most: say what is something else, or not it.";

type Suggested = RivalReport["suggested"][number];

export interface RivalHandlers extends SoundListHandlers {
  showLabel(name: string): void;
  /** Something was said, and can be taken back. */
  said(text: string, change: Written | null): void;
}

export class Rivals {
  private readonly summary = el("summary", {});
  private readonly body = el("div", {});
  readonly box = el("details", { class: "rivals", hidden: true }, this.summary, this.body);
  /** Proposals that were put away, by label. */
  private readonly away = new Set<string>();
  private turn = 0;

  constructor(
    private readonly context: ListContext,
    private readonly mayLabel: boolean,
    private readonly handlers: RivalHandlers,
  ) {}

  clear(): void {
    this.turn += 1;
    this.box.hidden = true;
    this.box.open = false;
  }

  /** Asks who holds a label's matches back, and what lies near them; only the last answer counts. */
  async show(label: LabelOverview): Promise<void> {
    const turn = (this.turn += 1);
    if (!label.anchors) return this.clear();
    const found = await this.context.api.get("api/rivals", { label: label.name });
    if (turn !== this.turn) return;
    const proposals = this.mayLabel ? found.suggested.filter((one) => one.sample_ids.length && !this.away.has(keyOf(label.name, one))) : [];
    const held = found.held_back.slice(0, SHOWN_HOLDERS);
    const near = found.suggested.filter((one) => one.kind === "label");
    this.box.hidden = !proposals.length && !held.length && !near.length && found.can_be_high;
    if (!found.can_be_high && proposals.length && this.box.dataset["label"] !== label.name) this.box.open = true;
    this.box.dataset["label"] = label.name;
    this.body.replaceChildren(
      el("p", { class: "note" }, found.can_be_high ? "What is something else makes the gap: a match is sure when it is nearer to this label than to any other." : ALONE),
      ...held.map((one) => this.holder(one, found.looked_at)),
      el("p", { class: "row note", hidden: !near.length }, "Nearest other labels: ", ...near.map((one) => this.showing(one.name, one.name))),
    );
    this.propose(label.name, proposals);
  }

  /** One at a time; the next one when it is put away. */
  private propose(label: string, proposals: Suggested[]): void {
    const [one, ...others] = proposals;
    this.summary.textContent = one ? `Is this a different thing? (${proposals.length})` : "Is this a different thing?";
    if (!one) return;
    const place = el("section", { class: "proposal", "aria-label": one.name });
    const next = (): void => {
      this.away.add(keyOf(label, one));
      place.remove();
      this.propose(label, others);
      this.summary.focus();
    };
    place.append(...this.proposal(label, one, next));
    this.body.append(place);
  }

  private holder(one: RivalReport["held_back"][number], of: number): HTMLElement {
    const { label } = one;
    const name = label === null ? `“not ${fileName(one.path ?? "")}”` : label;
    const show = label !== null && this.showing(label, `Show ${label}`);
    return el("p", { class: "row note" }, `${name} holds back ${one.matches} of its ${of} best matches. `, show);
  }

  private showing(label: string, text: string): HTMLElement {
    return el("button", { type: "button", onclick: () => this.handlers.showLabel(label) }, text);
  }

  /** A few sounds to hear, and what they can be: another label, not this one, or this one after all. */
  private proposal(label: string, one: Suggested, next: () => void): HTMLElement[] {
    const rows = el("div", {});
    const { open, play, hover, selected, playThrough } = this.handlers;
    const list = new SoundList(rows, `Near ${label}: ${one.name}`, this.context, { open, play, hover, selected, playThrough }, { rows: one.sample_ids.length });
    void orSay(() => list.show(new IdListing(this.context.api, one.sample_ids)));
    const name = el("input", { name: "rival", required: true, maxLength: 200, autocomplete: "off", value: one.kind === "cluster" ? one.name : "", placeholder: "What are they?", "aria-label": "Name of the other label" });
    const naming = el("form", { class: "row", onsubmit: (event: SubmitEvent) => void this.different(event, one, name.value.trim()) }, name, el("button", { class: "primary" }, "Something else"));
    const button = (text: string, title: string, run: () => void) => el("button", { type: "button", title, onclick: run }, text);
    const said = (polarity: Polarity) => void this.say(label, one, polarity);
    return [
      el("p", { class: "note" }, toldOf(label, one)),
      rows,
      naming,
      el(
        "p",
        { class: "row" },
        button(`Not ${label}`, "They become examples of what it is not", () => said("negative")),
        button(`Also ${label}`, "They become examples of it", () => said("positive")),
        button("Never mind", "Ask no more about these", next),
      ),
    ];
  }

  /** They become the first examples of a label of their own, which tells this one from it. */
  private async different(event: SubmitEvent, one: Suggested, name: string): Promise<void> {
    event.preventDefault();
    if (name) await this.write({ label: name, polarity: "positive", create: true }, one, `${count(one.sample_ids.length, "example")} of ${name}: it tells the two apart`);
  }

  private async say(label: string, one: Suggested, polarity: Polarity): Promise<void> {
    await this.write({ label, polarity }, one, `${count(one.sample_ids.length, "example")} of what ${polarity === "positive" ? "it is" : "it is not"}`);
  }

  private async write(body: object, one: Suggested, text: string): Promise<void> {
    try {
      const { change } = await this.context.api.write("api/anchors", { ...body, sample_ids: one.sample_ids });
      this.handlers.said(text, change);
    } catch (error) {
      say((error as Error).message, "error");
    }
  }
}

function keyOf(label: string, one: Suggested): string {
  return `${label}\n${one.kind}\n${one.name}`;
}

function toldOf(label: string, one: Suggested): string {
  if (one.kind !== "cluster") return `These sound least like its examples, among what ${label} finds.`;
  return `${Math.max(1, Math.round(100 * one.score))} % of what ${label} finds lies in the cluster “${one.name}”, where it has no example.`;
}
