/** Lists of sounds: results, neighbours. A result can be dragged out as a file. */

import type { LabelEvent, LabelMatch, Match } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { el } from "../page/elements.ts";
import { fileName, folderName, seconds } from "../page/show.ts";

/** What lists show: matches of a search, or of a label. */
export type ListedMatch = Match | LabelMatch | LabelEvent;

export interface ListHandlers {
  open(sampleId: number): void;
  play(match: ListedMatch): void;
  hover(sampleId: number): void;
}

export function resultList(matches: ListedMatch[], api: Api, handlers: ListHandlers): HTMLOListElement {
  const list = el("ol", { class: "list" });
  const scores = matches.map((match) => match.score);
  const [best, least] = [Math.max(...scores), Math.min(...scores)];
  for (const match of matches) list.append(row(match, (match.score - least) / Math.max(best - least, 1e-6), api, handlers));
  return list;
}

function row(match: ListedMatch, share: number, api: Api, handlers: ListHandlers): HTMLLIElement {
  const folder = folderName(match.path);
  const item = el(
    "li",
    { dataset: { sample: String(match.sample_id) }, draggable: true, class: isWeak(match) ? "weak" : "" },
    el("button", {
      type: "button",
      class: "play",
      textContent: "▶",
      "aria-label": `Play ${fileName(match.path)}`,
      onclick: () => handlers.play(match),
    }),
    el(
      "button",
      { type: "button", class: "name", title: match.path, onclick: () => handlers.open(match.sample_id) },
      el("span", { class: "file" }, fileName(match.path)),
      el("span", { class: "folder" }, [folder, "duration_s" in match ? seconds(match.duration_s) : "", confidenceOf(match), match.hardly_heard ? "hardly heard" : ""].filter(Boolean).join(" · ")),
    ),
    el("span", { class: "score", title: doubt(match) }, match.score.toFixed(3)),
  );
  item.style.setProperty("--share", (0.08 + 0.92 * share).toFixed(3));
  item.addEventListener("pointerenter", () => handlers.hover(match.sample_id));
  item.addEventListener("dragstart", (event) => carry(event, match, api));
  return item;
}

/** A label's confidence in a match, and what keeps it from high. */
export function confidenceOf(match: ListedMatch): string {
  if (!("confidence" in match)) return "";
  const rival = match.rival_label ?? (match.rival_path ? `not ${fileName(match.rival_path)}` : "");
  const why = (match.held_back_by ?? "").split(", ").filter(Boolean);
  const told = why.map((word) => (word === "rival" ? `rival ${rival}` : word));
  return told.length ? `${match.confidence}: held back by ${told.join(", ")}` : match.confidence;
}

function isWeak(match: ListedMatch): boolean {
  return "weak" in match && match.weak;
}

function doubt(match: ListedMatch): string {
  if (match.hardly_heard) return "Most of this sound lies outside of what the model hears";
  return isWeak(match) ? "A weak match: it may mean nothing" : "Cosine similarity";
}

/** Marks the rows of the sound in hand, and brings the first of a list into sight. */
export function markRows(id: number | null, list: HTMLElement): void {
  for (const row of document.querySelectorAll<HTMLElement>(".list li")) {
    const now = id !== null && row.dataset["sample"] === String(id);
    row.classList.toggle("now", now);
    row.querySelector(".name")?.setAttribute("aria-current", String(now));
    if (now && list.contains(row)) row.scrollIntoView({ block: "nearest" });
  }
}

/** Dragged out of the browser, a result becomes its audio file. */
export function carry(event: DragEvent, match: { sample_id: number; path: string }, api: Api): void {
  const address = new URL(api.audio(match.sample_id), location.href).href;
  event.dataTransfer?.setData("DownloadURL", `application/octet-stream:${fileName(match.path).replace(/:/g, "_")}:${address}`);
  event.dataTransfer?.setData("text/uri-list", address);
  event.dataTransfer?.setData("text/plain", match.path);
}
