/** Keeping sounds: favourites, ratings and notes, written from lists, the card and by keys. */

import type { Api } from "../api/api.ts";
import { el, say } from "../page/elements.ts";
import { KeptSounds, becomesFavourite, ratingOf, type Kept } from "./kept_sounds.ts";

const STARS = [1, 2, 3, 4, 5];
/** Plays are told to the library together: each write would make it forget what it has computed. */
const USES_MS = 5000;

export class Keeping {
  readonly sounds: KeptSounds;
  /** Something was kept, or is not kept any more. */
  written: () => void = () => {};
  private played = new Set<number>();
  /** Notes that could not be written, by their sounds. */
  private readonly unwritten = new Map<number, string>();
  private telling = 0;
  /** What a press does hangs on what the one before has done. */
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly api: Api,
    private readonly may: { read: boolean; write: boolean },
  ) {
    this.sounds = new KeptSounds(async (sample_ids) => (await api.post("api/kept", { sample_ids })).samples);
    this.sounds.changed = (ids) => this.refresh(new Set(ids));
    // What is kept may have been changed in another tab meanwhile.
    if (may.read) addEventListener("focus", () => this.sounds.forget());
  }

  get readable(): boolean {
    return this.may.read;
  }

  get writable(): boolean {
    return this.may.write && this.may.read;
  }

  /** What keys do, by the commands of `CURATE_KEYS`. */
  commands(ids: readonly number[], key: string): Record<string, () => void> {
    return { favourite: () => void this.favourite(ids), rate: () => void this.rate(ids, Number(key)) };
  }

  /** Makes sounds favourites; those that all are, none. */
  async favourite(ids: readonly number[]): Promise<void> {
    await this.write(ids, async (sample_ids) => {
      const path = becomesFavourite(await this.sounds.of(ids)) ? "api/favourites" : "api/favourites/remove";
      await this.api.post(path, { sample_ids });
    });
  }

  /** Rates sounds; the stars that all have already are taken away. */
  async rate(ids: readonly number[], stars: number): Promise<void> {
    await this.write(ids, async (sample_ids) => {
      await this.api.post("api/ratings", { sample_ids, rating: ratingOf(await this.sounds.of(ids), stars) });
    });
  }

  /** Writes a note in place of the one that was shown: where others have written another since, the text stays in its field. */
  async note(id: number, text: string, was: string | null): Promise<void> {
    this.unwritten.delete(id);
    await this.write([id], async (sample_ids) => {
      this.unwritten.set(id, text);
      await this.api.post("api/notes", { sample_ids, note: text.trim() || null, was });
      this.unwritten.delete(id);
    });
  }

  /** A sound was played on purpose. */
  used(id: number): void {
    if (!this.writable) return;
    this.played.add(id);
    this.telling ||= window.setTimeout(() => void this.tellUses(), USES_MS);
  }

  /** Tells the library at once what was played. */
  async tellUses(): Promise<void> {
    window.clearTimeout(this.telling);
    const sample_ids = [...this.played];
    [this.telling, this.played] = [0, new Set()];
    if (!sample_ids.length) return;
    try {
      await this.api.post("api/recent", { sample_ids, action: "play" });
    } catch {
      // Nobody misses it who does not look for it.
    }
  }

  /**
   * Of a row of a list: a heart to click, and the stars that it has.
   * @param asks what isn't known is asked for; rows that only pass by are not
   */
  cell(id: number, asks = true): HTMLElement {
    const cell = el("span", { class: "kept", dataset: { kept: String(id) } });
    if (this.may.read) this.fillCell(cell, asks ? this.sounds.at(id) : this.sounds.known(id));
    return cell;
  }

  /** Of the card: heart, stars, note. */
  part(id: number): HTMLElement {
    const part = el("div", { class: this.writable ? "keeping writes" : "keeping", dataset: { keeping: String(id) }, hidden: !this.may.read });
    if (this.may.read) this.fillPart(part, this.sounds.at(id));
    return part;
  }

  private write(ids: readonly number[], work: (sample_ids: number[]) => Promise<unknown>): Promise<void> {
    if (!this.writable || !ids.length) return Promise.resolve();
    this.writing = this.writing.then(() => this.writeNow(ids, work));
    return this.writing;
  }

  private async writeNow(ids: readonly number[], work: (sample_ids: number[]) => Promise<unknown>): Promise<void> {
    try {
      await work([...ids]);
    } catch (error) {
      say((error as Error).message, "error");
    }
    this.sounds.forget(ids);
    this.written();
  }

  /** Draws anew what is shown of some sounds. */
  private refresh(ids: Set<number>): void {
    for (const cell of document.querySelectorAll<HTMLElement>("[data-kept]")) {
      const id = Number(cell.dataset["kept"]);
      if (ids.has(id)) this.fillCell(cell, this.sounds.at(id));
    }
    for (const part of document.querySelectorAll<HTMLElement>("[data-keeping]")) {
      const id = Number(part.dataset["keeping"]);
      if (ids.has(id) && !part.contains(document.activeElement?.closest("textarea") ?? null)) this.fillPart(part, this.sounds.at(id));
    }
  }

  private fillCell(cell: HTMLElement, kept: Kept | undefined): void {
    if (!kept) return; // what was shown before stays until the answer is here
    const rating = kept.rating === null ? [] : [el("span", { class: "stars", title: `${kept.rating} of 5 stars` }, `${kept.rating}★`)];
    const note = kept.note === null ? [] : [el("span", { class: "has-note", title: kept.note }, "✎")];
    cell.replaceChildren(...note, ...rating, this.heart(kept, -1));
  }

  private heart(kept: Kept, tabIndex = 0): HTMLElement {
    const name = kept.favourite ? "Favourite; click to take it out" : "Make it a favourite";
    const run = () => void this.favourite([kept.sample_id]);
    const pressed = String(kept.favourite);
    return el("button", { type: "button", class: "heart", tabIndex, title: name, "aria-label": "Favourite", "aria-pressed": pressed, disabled: !this.writable, onclick: run }, kept.favourite ? "♥" : "♡");
  }

  private fillPart(part: HTMLElement, kept: Kept | undefined): void {
    if (!kept) return;
    const id = kept.sample_id;
    const stars = STARS.map((n) => {
      const lit = n <= (kept.rating ?? 0);
      const name = `${n} star${n === 1 ? "" : "s"}`;
      return el("button", { type: "button", class: lit ? "star lit" : "star", title: name, "aria-label": name, "aria-pressed": String(n === kept.rating), disabled: !this.writable, onclick: () => void this.rate([id], n) }, lit ? "★" : "☆");
    });
    part.replaceChildren(
      el("p", { class: "row" }, this.heart(kept), el("span", { class: "rating", role: "group", "aria-label": "Rating" }, ...stars)),
      this.noteField(kept),
      el("p", { class: "note", hidden: !kept.collections.length }, `In ${kept.collections.join(", ")}`),
    );
  }

  private noteField(kept: Kept): HTMLElement {
    if (!this.writable) return el("p", { class: "note own-note", hidden: kept.note === null }, kept.note ?? "");
    const field = el("textarea", { rows: kept.note ? 2 : 1, maxLength: 10_000, placeholder: "Note…", "aria-label": "Note", value: this.unwritten.get(kept.sample_id) ?? kept.note ?? "" });
    const keep = () => field.value.trim() !== (kept.note ?? "") && void this.note(kept.sample_id, field.value, kept.note);
    field.addEventListener("change", keep);
    field.addEventListener("blur", () => this.unwritten.get(kept.sample_id) === field.value && keep());
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.unwritten.delete(kept.sample_id);
        field.value = kept.note ?? "";
      }
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) field.blur();
    });
    return field;
  }
}
