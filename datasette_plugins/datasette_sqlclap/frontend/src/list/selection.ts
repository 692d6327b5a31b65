/** What is selected, and what can be done with it. */

import type { ListedSample } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { el, say } from "../page/elements.ts";
import { asCsv, asM3u, asPaths, save } from "./exports.ts";
import type { Player } from "../player/player.ts";
import type { ListHandlers } from "./results.ts";
import { RowPages } from "./row_source.ts";
import { SoundList } from "./sound_list.ts";
import { count } from "../page/show.ts";

export interface SelectionHandlers extends ListHandlers {
  /** Other sounds are selected. */
  changed(): void;
  /** Something has been said of the selected sounds. */
  labelled(): void;
  /** A label is to be worked on. */
  showLabel(name: string): void;
}

const PAGE = 200;

type Doing = "positive" | "negative" | "tag" | "accept" | "reject";

export class Selection {
  readonly ids = new Set<number>();
  private readonly rowsBox = el("div", { class: "rows" });
  private readonly list: SoundList;

  constructor(
    private readonly box: HTMLElement,
    private readonly api: Api,
    private readonly player: Player,
    private readonly config: Config,
    private readonly handlers: SelectionHandlers,
  ) {
    this.list = new SoundList(this.rowsBox, "Selected sounds", api, this.ids, { ...handlers, selected: () => this.refresh() });
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
    this.box.replaceChildren(el("header", {}, head, clear), this.saying(label), this.exporting(), this.rowsBox);
    this.list.show(this.source());
    void this.offerLabels();
  }

  private source(): RowPages<ListedSample> {
    const ids = [...this.ids];
    const fetchPage = async (offset: number, n: number) =>
      (await this.api.post("api/samples", { sample_ids: ids.slice(offset, offset + n) })).samples;
    return new RowPages(fetchPage, PAGE, ids.length);
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

  private exporting(): HTMLElement {
    const button = (text: string, run: (rows: ListedSample[]) => void) =>
      el("button", { type: "button", onclick: () => void this.rows().then(run, (error: Error) => say(error.message, "error")) }, text);
    const address = (id: number) => new URL(this.api.audio(id), location.href).href;
    return el(
      "p",
      { class: "row" },
      button("Play through", (rows) => this.playThrough(rows)),
      button("CSV", (rows) => save("selection.csv", "text/csv", asCsv(rows))),
      button("M3U", (rows) => save("selection.m3u8", "audio/x-mpegurl", asM3u(rows, address))),
      button("Paths", (rows) => save("selection.txt", "text/plain", asPaths(rows))),
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

  /** Tags by hand are a run of their own, which can be undone here or on the labels page. */
  private async tag(label: string, sample_ids: number[]): Promise<void> {
    const { run_id, tagged } = await this.api.post("api/tags/by-hand", { label, sample_ids, create: true });
    const text = `${count(tagged, "sound")} tagged ${label}`;
    say(text);
    const undo = el("button", { type: "button", onclick: () => void this.untag(run_id), hidden: run_id === null }, "Undo");
    this.tell(text, undo);
  }

  private async untag(run_id: number | null): Promise<void> {
    try {
      const { removed } = await this.api.post("api/tags/undo", { run_id });
      this.tell(`${count(removed, "tag")} removed`);
      this.handlers.labelled();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private tell(...parts: (string | HTMLElement)[]): void {
    const outcome = this.box.querySelector<HTMLElement>(".outcome");
    outcome?.replaceChildren(...parts);
    if (outcome) outcome.hidden = false;
  }

  private async rows(): Promise<ListedSample[]> {
    const sample_ids = [...this.ids];
    return (await this.api.post("api/samples", { sample_ids })).samples;
  }

  private playThrough(rows: ListedSample[]): void {
    const [first, ...rest] = rows.map((row) => ({ id: row.sample_id, name: row.path }));
    if (first) this.player.play(first, rest);
  }
}
