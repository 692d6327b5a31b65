/** What is selected, and what can be done with it. */

import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { el, say } from "../page/elements.ts";
import { IdListing } from "./listings.ts";
import { SoundList, type ListContext, type SoundListHandlers } from "./sound_list.ts";
import { count } from "../page/show.ts";
import type { Undo } from "../undo/undo.ts";

export interface SelectionHandlers extends Omit<SoundListHandlers, "selected"> {
  /** Other sounds are selected. */
  changed(): void;
  /** Something has been said of the selected sounds. */
  labelled(): void;
  /** A label is to be worked on. */
  showLabel(name: string): void;
}

type Doing = "positive" | "negative" | "tag" | "accept" | "reject";

export class Selection {
  readonly ids: Set<number>;
  private readonly api: Api;
  private readonly undo: Undo;
  private readonly rowsBox = el("div", {});
  private readonly list: SoundList;

  constructor(
    private readonly box: HTMLElement,
    context: ListContext,
    private readonly config: Config,
    private readonly handlers: SelectionHandlers,
  ) {
    [this.ids, this.api, this.undo] = [context.ids, context.api, context.undo];
    this.list = new SoundList(this.rowsBox, "Selected sounds", context, { ...handlers, selected: () => this.refresh() });
  }

  set(ids: Iterable<number>): void {
    this.ids.clear();
    for (const id of ids) this.ids.add(id);
    this.refresh();
  }

  toggle(id: number): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.refresh();
  }

  /** Shows what is selected by now: lists take sounds in and out, too. */
  refresh(): void {
    this.show();
    this.handlers.changed();
  }

  /** Puts the hand on the field that names the label. */
  name(): void {
    this.box.querySelector<HTMLInputElement>("input[name=label]")?.focus();
  }

  private show(): void {
    const label = this.box.querySelector<HTMLInputElement>("input[name=label]")?.value ?? "";
    this.box.hidden = this.ids.size === 0;
    this.box.dataset["count"] = String(this.ids.size);
    if (!this.ids.size) return this.box.replaceChildren();
    const head = el("h2", {}, `${count(this.ids.size, "sound")} selected`);
    const clear = el("button", { type: "button", class: "close", "aria-label": "Clear the selection", textContent: "×", onclick: () => this.set([]) });
    // The list stays where it is: moved, it would lose the keyboard.
    for (const one of [...this.box.children]) if (one !== this.rowsBox) one.remove();
    this.box.prepend(el("header", {}, head, clear), this.saying(label));
    if (!this.rowsBox.isConnected) this.box.append(this.rowsBox);
    this.list.show(new IdListing(this.api, [...this.ids]), false).catch((error: Error) => say(error.message, "error"));
    void this.offerLabels();
  }

  step(by: number): void {
    void this.list.step(by);
  }

  mark(id: number | null): void {
    if (this.ids.size) this.list.mark(id);
  }

  /** What was typed stays while sounds are added one by one. */
  private saying(typed: string): HTMLElement {
    if (!this.config.mayLabel) return el("p", { class: "note" }, this.config.readOnly);
    const button = (text: string, name: Doing, title: string) => el("button", { name: "do", value: name, title }, text);
    return el(
      "form",
      { class: "labelling", onsubmit: (event: SubmitEvent) => void this.label(event) },
      el("label", {}, "Label ", el("input", { name: "label", required: true, maxLength: 200, list: "label-names", autocomplete: "off", value: typed, placeholder: "kick" })),
      el("datalist", { id: "label-names" }),
      el(
        "p",
        { class: "row" },
        button("Add as anchors", "positive", "Examples that the label goes by"),
        button("Not it", "negative", "Anchors of what the label is not"),
        button("Tag", "tag", "Tag these sounds alone, by hand"),
        button("Accept", "accept", "Vote that the label fits"),
        button("Reject", "reject", "Vote that the label does not fit"),
      ),
      el("p", { class: "row outcome", hidden: true }),
    );
  }

  private async offerLabels(): Promise<void> {
    const names = this.box.querySelector("datalist");
    if (!names) return;
    try {
      const { labels } = await this.api.get("api/labels");
      names.replaceChildren(...labels.map((label) => el("option", { value: label.name })));
    } catch {
      // Names can be typed without.
    }
  }

  private async label(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const label = String(new FormData(form).get("label")).trim();
    const what = ((event.submitter as HTMLButtonElement | null)?.value ?? "positive") as Doing;
    const sample_ids = [...this.ids];
    try {
      if (what === "tag") {
        await this.tag(label, sample_ids);
      } else if (what === "positive" || what === "negative") {
        await this.api.post("api/anchors", { label, sample_ids, polarity: what, create: true });
        const text = `${count(sample_ids.length, "anchor")} of ${label}`;
        say(text);
        this.tell(text, el("button", { type: "button", onclick: () => this.handlers.showLabel(label) }, "Show the label"));
      } else {
        await this.api.post("api/votes", { label, sample_ids, verdict: what });
        say(`${count(sample_ids.length, "vote")} on ${label}`);
      }
      this.handlers.labelled();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  /** Tags by hand are a run of their own, which can be undone on the labels page at any time. */
  private async tag(label: string, sample_ids: number[]): Promise<void> {
    const { answer, change } = await this.api.write("api/tags/by-hand", { label, sample_ids, create: true });
    const text = `${count(answer.tagged, "sound")} tagged ${label}`;
    say(text);
    this.tell(text, this.undo.button(change));
  }

  private tell(...parts: (string | HTMLElement)[]): void {
    const outcome = this.box.querySelector<HTMLElement>(".outcome");
    outcome?.replaceChildren(...parts);
    if (outcome) outcome.hidden = false;
  }
}
