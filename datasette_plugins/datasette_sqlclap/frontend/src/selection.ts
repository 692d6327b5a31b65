/** What is selected, and what can be done with it. */

import type { Api, Label, SampleRow } from "./api.ts";
import type { Config } from "./config.ts";
import { el, say } from "./elements.ts";
import { asCsv, asM3u, asPaths, save } from "./exports.ts";
import type { Player } from "./player.ts";
import { count } from "./show.ts";

export class Selection {
  readonly ids = new Set<number>();

  constructor(
    private readonly box: HTMLElement,
    private readonly api: Api,
    private readonly player: Player,
    private readonly config: Config,
    private readonly changed: () => void,
  ) {}

  set(ids: Iterable<number>): void {
    this.ids.clear();
    for (const id of ids) this.ids.add(id);
    void this.show();
    this.changed();
  }

  toggle(id: number): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    void this.show();
    this.changed();
  }

  /** Puts the hand on the field that names the label. */
  name(): void {
    this.box.querySelector<HTMLInputElement>("input[name=label]")?.focus();
  }

  private async show(): Promise<void> {
    this.box.hidden = this.ids.size === 0;
    if (!this.ids.size) return this.box.replaceChildren();
    const head = el("h2", {}, `${count(this.ids.size, "sound")} selected`);
    const clear = el("button", { type: "button", class: "close", "aria-label": "Clear the selection", textContent: "×", onclick: () => this.set([]) });
    this.box.replaceChildren(el("header", {}, head, clear), this.saying(), this.exporting());
    await this.offerLabels();
  }

  private saying(): HTMLElement {
    if (!this.config.mayLabel) return el("p", { class: "note" }, this.config.readOnly);
    const button = (text: string, name: string) => el("button", { name: "do", value: name }, text);
    return el(
      "form",
      { class: "labelling", onsubmit: (event: SubmitEvent) => void this.label(event) },
      el("label", {}, "Label ", el("input", { name: "label", required: true, maxLength: 200, list: "label-names", autocomplete: "off" })),
      el("datalist", { id: "label-names" }),
      el(
        "p",
        { class: "row" },
        button("Add as anchors", "positive"),
        button("Not it", "negative"),
        button("Accept", "accept"),
        button("Reject", "reject"),
      ),
    );
  }

  private exporting(): HTMLElement {
    const button = (text: string, run: (rows: SampleRow[]) => void) =>
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
    const { labels } = await this.api.get<{ labels: Label[] }>("api/labels");
    names.replaceChildren(...labels.map((label) => el("option", { value: label.name })));
  }

  private async label(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const label = String(new FormData(form).get("label")).trim();
    const what = (event.submitter as HTMLButtonElement | null)?.value ?? "positive";
    const sample_ids = [...this.ids];
    try {
      if (what === "positive" || what === "negative") {
        await this.api.post("api/anchors", { label, sample_ids, polarity: what, create: true });
        say(`${count(sample_ids.length, "anchor")} of ${label}`);
      } else {
        await this.api.post("api/votes", { label, sample_ids, verdict: what });
        say(`${count(sample_ids.length, "vote")} on ${label}`);
      }
      this.changed();
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private async rows(): Promise<SampleRow[]> {
    const sample_ids = [...this.ids];
    return (await this.api.post<{ samples: SampleRow[] }>("api/samples", { sample_ids })).samples;
  }

  private playThrough(rows: SampleRow[]): void {
    const [first, ...rest] = rows.map((row) => ({ id: row.sample_id, name: row.path }));
    if (first) this.player.play(first, rest);
  }
}
