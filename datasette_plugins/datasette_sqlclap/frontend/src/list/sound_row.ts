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
}

/** What a row is shown beside: the best of the list, the row above it, and its cells. */
export interface Beside {
  first: ListedMatch | undefined;
  before: ListedMatch | undefined;
  cells: { column: ListColumn; value: unknown }[];
}

/** A row; a blank one while it is on the way. */
export function soundRow(match: ListedMatch | undefined, beside: Beside, handlers: ListHandlers): HTMLLIElement {
  if (!match) return el("li", { role: "row", class: "blank", "aria-label": "Loading" });
  const item = el(
    "li",
    { dataset: { sample: String(match.sample_id) }, draggable: true, role: "row", class: isWeak(match) ? "weak" : "" },
    el("span", {}, playButton(match, handlers)),
    el("span", { class: "what" }, nameButton(match, handlers)),
    ...beside.cells.map(({ column, value }) => (column.name === "score" ? scoreCell(match) : valueCell(column, value))),
  );
  for (const cell of item.children) cell.setAttribute("role", "gridcell");
  const share = Math.max(0, scoreOf(match) / Math.max(scoreOf(beside.first), 1e-6));
  item.style.setProperty("--share", (0.08 + 0.92 * Math.min(1, share)).toFixed(3));
  item.addEventListener("pointerenter", () => handlers.hover(match.sample_id));
  if (isWeak(match) && !(beside.before && isWeak(beside.before))) item.classList.add("first-weak");
  return item;
}

function valueCell(column: ListColumn, value: unknown): HTMLElement {
  const text = cellText(column, value);
  return el("span", { class: "cell", title: text && `${column.label}: ${text} ${column.unit}` }, text);
}

function scoreCell(match: ListedMatch): HTMLElement {
  return el("span", { class: "cell score", title: doubt(match) }, scoreOf(match).toFixed(3));
}

function scoreOf(match: ListedMatch | undefined): number {
  return match && "score" in match ? match.score : 0;
}

function playButton(match: ListedMatch, handlers: ListHandlers): HTMLButtonElement {
  const name = `Play ${fileName(match.path)}`;
  return el("button", { type: "button", class: "play", textContent: "▶", "aria-label": name, onclick: () => handlers.play(match) });
}

function nameButton(match: ListedMatch, handlers: ListHandlers): HTMLButtonElement {
  const facts = [folderName(match.path), spanOf(match), confidenceOf(match), isHardlyHeard(match) ? "hardly heard" : ""];
  return el(
    "button",
    { type: "button", class: "name", title: match.path, onclick: () => handlers.open(match.sample_id, match) },
    el("span", { class: "file" }, fileName(match.path)),
    el("span", { class: "folder" }, facts.filter(Boolean).join(" · ")),
  );
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
