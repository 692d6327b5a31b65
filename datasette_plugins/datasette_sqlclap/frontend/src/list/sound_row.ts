/** Rows of lists: what they show of a sound, and what they say of a match. */

import type { Anchor, LabelEvent, LabelMatch, ListedSample, Match, Moment, SoundEvent } from "../api/answers.ts";
import { el } from "../page/elements.ts";
import { cellText, type ListColumn } from "./columns.ts";
import { fileName, folderName, seconds } from "../page/show.ts";

/** What lists show: matches of a search or of a label, or sounds as they are. */
export type ListedMatch = Match | Moment | SoundEvent | LabelMatch | LabelEvent | ListedSample | ListedAnchor;
/** An anchor whose sound is told of. */
export type ListedAnchor = Anchor & { path: string };

export interface ListHandlers {
  open(sampleId: number): void;
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
    { type: "button", class: "name", title: match.path, onclick: () => handlers.open(match.sample_id) },
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

/** The stretch of its sound that an anchor or an event is. */
function spanOf(match: ListedMatch): string {
  if (!("start_s" in match) || match.start_s === null) return "";
  return `${seconds(match.start_s)} to ${seconds(match.end_s)}`;
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
