/** What a sound's file and its name say: a folded list, with what said so. */

import type { Reads } from "../api/answers.ts";
import { el } from "../page/elements.ts";

type Entry = Reads["sample/ID"]["metadata"][number];

/** What people look for first; the rest follows by name. */
const FIRST = ["title", "comment", "description", "category", "subcategory", "tempo", "key"];

/** Returns the list; hidden where nothing is said. */
export function metadataList(entries: Entry[]): HTMLElement {
  const list = el("dl", { class: "measures said" });
  for (const entry of inOrder(entries)) {
    const by = `${entry.origin} ${entry.said_by}`.trim();
    list.append(
      el("dt", {}, entry.field.replace(/_/g, " ")),
      el("dd", { class: entry.is_best ? "" : "quiet", title: entry.is_best ? "" : "Another one is trusted more" }, String(entry.value), " ", el("small", {}, by)),
    );
  }
  return el("details", { class: "metadata", hidden: !entries.length }, el("summary", {}, "Metadata"), list);
}

function inOrder(entries: Entry[]): Entry[] {
  const place = (entry: Entry) => (FIRST.includes(entry.field) ? FIRST.indexOf(entry.field) : FIRST.length);
  return [...entries].sort((a, b) => place(a) - place(b)); // stable: the most trusted stays first
}
