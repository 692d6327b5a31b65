/** Lists of sounds: results, neighbours. A result can be dragged out as a file. */

import type { Anchor, LabelEvent, LabelMatch, ListedSample, Match } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { el } from "../page/elements.ts";
import { fileName, folderName, seconds } from "../page/show.ts";

/** What lists show: matches of a search or of a label, or sounds as they are. */
export type ListedMatch = Match | LabelMatch | LabelEvent | ListedSample | ListedAnchor;
/** An anchor whose sound is told of. */
export type ListedAnchor = Anchor & { path: string };

export interface ListHandlers {
  open(sampleId: number): void;
  play(match: ListedMatch): void;
  hover(sampleId: number): void;
}

/** A short list, whole: neighbours of a sound, say. */
export function resultList(matches: ListedMatch[], api: Api, handlers: ListHandlers): HTMLOListElement {
  const list = el("ol", { class: "list short" });
  const [first, last] = [matches[0], matches[matches.length - 1]];
  for (const match of matches) list.append(row(match, shareOf(match, first, last), api, handlers));
  return list;
}

/** What a row of a long list is shown beside: the best of the list, and the row above it. */
export interface Beside {
  first: ListedMatch | undefined;
  before: ListedMatch | undefined;
}

/** A row of a long list; a blank one while it is on the way. */
export function resultRow(match: ListedMatch | undefined, beside: Beside, api: Api, handlers: ListHandlers): HTMLLIElement {
  if (!match) return el("li", { role: "row", class: "blank", "aria-label": "Loading" });
  const item = row(match, Math.max(0, scoreOf(match) / Math.max(scoreOf(beside.first), 1e-6)), api, handlers);
  item.setAttribute("role", "row");
  for (const cell of item.children) cell.setAttribute("role", "gridcell");
  if (isWeak(match) && !(beside.before && isWeak(beside.before))) item.classList.add("first-weak");
  return item;
}

function shareOf(match: ListedMatch, first: ListedMatch | undefined, last: ListedMatch | undefined): number {
  const [best, least] = [scoreOf(first), scoreOf(last)];
  return (scoreOf(match) - least) / Math.max(best - least, 1e-6);
}

function scoreOf(match: ListedMatch | undefined): number {
  return match && "score" in match ? match.score : 0;
}

function row(match: ListedMatch, share: number, api: Api, handlers: ListHandlers): HTMLLIElement {
  const item = el(
    "li",
    { dataset: { sample: String(match.sample_id) }, draggable: true, class: isWeak(match) ? "weak" : "" },
    el("span", {}, playButton(match, handlers)),
    el("span", { class: "what" }, nameButton(match, handlers)),
    el("span", { class: "score", title: doubt(match), hidden: !("score" in match) }, scoreOf(match).toFixed(3)),
  );
  item.style.setProperty("--share", (0.08 + 0.92 * share).toFixed(3));
  item.addEventListener("pointerenter", () => handlers.hover(match.sample_id));
  item.addEventListener("dragstart", (event) => carry(event, match, api));
  return item;
}

function playButton(match: ListedMatch, handlers: ListHandlers): HTMLButtonElement {
  const name = `Play ${fileName(match.path)}`;
  return el("button", { type: "button", class: "play", textContent: "▶", "aria-label": name, onclick: () => handlers.play(match) });
}

function nameButton(match: ListedMatch, handlers: ListHandlers): HTMLButtonElement {
  const length = "duration_s" in match ? seconds(match.duration_s) : "";
  const facts = [folderName(match.path), length, spanOf(match), confidenceOf(match), isHardlyHeard(match) ? "hardly heard" : ""];
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

/** The stretch of its sound that an anchor is. */
function spanOf(match: ListedMatch): string {
  if (!("anchor_id" in match) || match.start_s === null) return "";
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

/** Marks the sound in hand in the short lists. */
export function markRows(id: number | null): void {
  for (const row of document.querySelectorAll<HTMLElement>(".list.short li")) {
    const now = id !== null && row.dataset["sample"] === String(id);
    row.classList.toggle("now", now);
    row.querySelector(".name")?.setAttribute("aria-current", String(now));
  }
}

/** Dragged out of the browser, a result becomes its audio file. */
export function carry(event: DragEvent, match: { sample_id: number; path: string }, api: Api): void {
  const address = new URL(api.audio(match.sample_id), location.href).href;
  event.dataTransfer?.setData("DownloadURL", `application/octet-stream:${fileName(match.path).replace(/:/g, "_")}:${address}`);
  event.dataTransfer?.setData("text/uri-list", address);
  event.dataTransfer?.setData("text/plain", match.path);
}
