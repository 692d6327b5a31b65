/** Rows of lists: what they show of a sound, and what they say of a match. */

import type { Anchor, LabelEvent, LabelMatch, ListedSample, Match, Moment, PlannedTag, SoundEvent } from "../api/answers.ts";
import { el } from "../page/elements.ts";
import { cellText, type ListColumn } from "./columns.ts";
import { fileName, folderName, seconds } from "../page/show.ts";
import type { Track } from "../player/player.ts";

/** What lists show: matches of a search or of a label, or sounds as they are. */
export type ListedMatch = Match | Moment | SoundEvent | LabelMatch | LabelEvent | PlannedTag | ListedSample | ListedAnchor;
/** An anchor whose sound is told of. */
export type ListedAnchor = Anchor & { path: string };

export interface ListHandlers {
  open(sampleId: number, row: ListedMatch): void;
  play(match: ListedMatch): void;
  hover(sampleId: number): void;
  /** Adds a sound to the query; below 0, what it is like is not wanted. */
  compose?(sampleId: number, weight: number): void;
}

/** What a row is shown beside: the best of the list, the row above it, and its columns. */
export interface Beside {
  first: ListedMatch | undefined;
  before: ListedMatch | undefined;
  columns: readonly ListColumn[];
  value(match: ListedMatch, column: ListColumn): unknown;
}

/** What of a row's sound others make: hearts and stars, and what stands at its end. */
export interface Additions {
  kept(match: ListedMatch): HTMLElement;
  besides(match: ListedMatch): (HTMLElement | null | undefined)[];
}

/** In semitones. */
const OCTAVE = 12;

/** A row of a list: its elements stay, and show one sound after the other. */
export class SoundRow {
  readonly element = el("li", { role: "row" });
  match: ListedMatch | undefined;
  private readonly play = el("button", { type: "button", class: "play", textContent: "▶" });
  private readonly file = el("span", { class: "file" });
  private readonly facts = el("span", { class: "folder" });
  private readonly name = el("button", { type: "button", class: "name" }, this.file, this.facts);
  private readonly kept = cell("span", {});
  private readonly end = cell("span", {});
  private readonly what = cell("span", { class: "what" }, this.name);
  private readonly more: HTMLElement[];
  private columns: readonly ListColumn[] = [];
  private cells: HTMLElement[] = [];

  constructor(
    private readonly handlers: ListHandlers,
    private readonly additions: Additions,
  ) {
    this.play.addEventListener("click", () => this.match && handlers.play(this.match));
    this.name.addEventListener("click", () => this.match && handlers.open(this.match.sample_id, this.match));
    this.more = handlers.compose ? [this.composing("+", 1, "More like this (I)"), this.composing("\u2212", -1, "Less like this (U)")] : [];
    if (this.more.length) this.what.append(el("span", { class: "more-or-less" }, ...this.more));
  }

  /** Shows a sound; a blank row while it is on the way. */
  fill(match: ListedMatch | undefined, beside: Beside): void {
    this.match = match;
    const { element } = this;
    element.draggable = match !== undefined;
    element.classList.toggle("blank", !match);
    if (!match) return this.clear();
    if (this.columns !== beside.columns || !element.firstChild) this.build(beside.columns);
    element.removeAttribute("aria-label");
    element.removeAttribute("aria-busy");
    element.dataset["sample"] = String(match.sample_id);
    this.tell(match);
    beside.columns.forEach((column, at) => fillCell(this.cells[at] as HTMLElement, column, match, beside.value(match, column)));
    element.classList.toggle("weak", isWeak(match));
    const falls = !("found_by" in match && match.found_by); // else weak ones stand between others
    element.classList.toggle("first-weak", falls && isWeak(match) && !(beside.before && isWeak(beside.before)));
    const share = Math.max(0, scoreOf(match) / Math.max(scoreOf(beside.first), 1e-6));
    element.style.setProperty("--share", (0.08 + 0.92 * Math.min(1, share)).toFixed(3));
    this.kept.replaceChildren(this.additions.kept(match));
    this.addEnd(match);
  }

  /** Whether it is the sound in hand: what it offers is reached by Tab then. */
  mark(isNow: boolean, isSelected: boolean): void {
    this.element.classList.toggle("now", isNow);
    this.element.setAttribute("aria-selected", String(isSelected));
    for (const button of this.more) button.tabIndex = isNow ? 0 : -1;
  }

  private tell(match: ListedMatch): void {
    const file = fileName(match.path);
    put(this.file, file);
    put(this.facts, [foundBy(match), pitchOf(match), folderName(match.path), spanOf(match), confidenceOf(match), isHardlyHeard(match) ? "hardly heard" : ""].filter(Boolean).join(" · "));
    this.name.title = match.path;
    this.play.setAttribute("aria-label", `Play ${file}`);
    for (const button of this.more) button.setAttribute("aria-label", `${button.dataset["said"]}: ${file}`);
  }

  private clear(): void {
    delete this.element.dataset["sample"];
    this.element.classList.remove("weak", "first-weak");
    this.element.setAttribute("aria-label", "Loading");
    this.element.setAttribute("aria-busy", "true");
  }

  private build(columns: readonly ListColumn[]): void {
    this.columns = columns;
    this.cells = columns.map((column) => cell("span", { class: `cell ${column.name}` }));
    this.element.replaceChildren(cell("span", {}, this.play), this.what, this.kept, ...this.cells, this.end);
  }

  private composing(sign: string, weight: number, title: string): HTMLButtonElement {
    const said = weight > 0 ? "More like this" : "Less like this";
    const run = () => this.match && this.handlers.compose?.(this.match.sample_id, weight);
    return el("button", { type: "button", title, dataset: { said }, tabIndex: -1, onclick: run }, sign);
  }

  private addEnd(match: ListedMatch): void {
    const more = this.additions.besides(match).filter((one) => one instanceof HTMLElement);
    this.end.hidden = !more.length;
    this.end.replaceChildren(...more);
  }
}

function cell(tag: "span", props: Record<string, unknown>, ...children: (Node | string)[]): HTMLElement {
  return el(tag, { role: "gridcell", ...props }, ...children);
}

/** Writes a text where it is another one: what stays as it is need not be drawn again. */
function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function fillCell(element: HTMLElement, column: ListColumn, match: ListedMatch, value: unknown): void {
  const isScore = column.name === "score";
  const text = isScore ? scoreOf(match).toFixed(3) : cellText(column, value);
  put(element, text);
  element.title = isScore ? doubt(match) : text && `${column.label}: ${text} ${column.unit}`;
}

function scoreOf(match: ListedMatch | undefined): number {
  return match && "score" in match ? match.score : 0;
}

/** A label's confidence in a match, and what keeps it from high. */
export function confidenceOf(match: ListedMatch): string {
  if (!("confidence" in match)) return "";
  const rival = match.rival_label ?? (match.rival_path ? `not ${fileName(match.rival_path)}` : "");
  const why = (match.held_back_by ?? "").split(", ").filter(Boolean);
  const told = why.map((word) => (word === "rival" ? `rival ${rival}` : word));
  return told.length ? `${match.confidence}: held back by ${told.join(", ")}` : match.confidence;
}

/** The stretch of its sound (in seconds) that a row is: an event, or an anchor on a span. */
export function stretchOf(match: ListedMatch | undefined): { from: number; to: number } | null {
  if (!match || !("start_s" in match) || match.start_s === null || match.end_s === null) return null;
  return { from: match.start_s, to: match.end_s };
}

/** What is played of a row: its stretch, where it is one. */
export function trackOf(row: ListedMatch): Track {
  const stretch = stretchOf(row);
  return { id: row.sample_id, name: row.path, ...(stretch ? { from: stretch.from, until: stretch.to } : {}) };
}

/** Leads from a stretch to the picture of what is there and around it. */
export function spectrogramLink(row: ListedMatch): HTMLElement | null {
  const stretch = stretchOf(row);
  if (!stretch) return null;
  const around = Math.max(2, stretch.to - stretch.from);
  const view = `${Math.max(0, stretch.from - around).toFixed(2)}-${(stretch.to + around).toFixed(2)}`;
  const href = `spectrogram#sample=${row.sample_id}&view=${view}&span=${stretch.from.toFixed(3)}-${stretch.to.toFixed(3)}`;
  const name = `Spectrogram of ${fileName(row.path)} at ${seconds(stretch.from)}`;
  return el("a", { class: "button at-place", href, title: "Spectrogram of this place", "aria-label": name }, "≋");
}

/** Which part of a query found a sound that has the words, or sounds like it. */
function foundBy(match: ListedMatch): string {
  const by = "found_by" in match ? match.found_by : null;
  return by ? { text: "by name", sound: "by sound", both: "by both" }[by] : "";
}

/** At which other pitch a sound is like the one asked for. */
function pitchOf(match: ListedMatch): string {
  const semitones = "transposed" in match ? match.transposed : null;
  if (!semitones) return "";
  const far = Math.abs(semitones);
  const named = far === OCTAVE ? "an octave" : far === 1 ? "a semitone" : `${far} semitones`;
  return `${named} ${semitones > 0 ? "higher" : "lower"}`;
}

function spanOf(match: ListedMatch): string {
  const stretch = stretchOf(match);
  return stretch ? `${seconds(stretch.from)} to ${seconds(stretch.to)}` : "";
}

function isHardlyHeard(match: ListedMatch): boolean {
  return "hardly_heard" in match && match.hardly_heard;
}

function isWeak(match: ListedMatch): boolean {
  return "weak" in match && match.weak;
}

function doubt(match: ListedMatch): string {
  if (isHardlyHeard(match)) return "Most of this sound lies outside of what the model hears";
  return isWeak(match) ? "A weak match: it may mean nothing" : "Cosine similarity";
}
