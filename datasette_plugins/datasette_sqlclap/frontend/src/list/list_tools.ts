/** What stands above a list: how it is sorted, its columns, and what is done with all of it. */

import { el } from "../page/elements.ts";
import { menu, menuItem } from "../page/menu.ts";
import { NAME, type ListColumn, type ListColumns, type Sort } from "./columns.ts";
import type { Exported, Exporter, Format } from "./exports.ts";

export interface ToolHandlers {
  sort(sort: Sort | null): void;
  exported(format: Format): void;
  playThrough(): void;
}

/** The next order of a column whose head is pressed: up, down, and back to the list's own. */
export function nextSort(now: Sort | null, column: string): Sort | null {
  const first = column === "score"; // best first is how lists come: the other way round is what is asked for
  if (now?.column !== column) return { column, descending: !first && column !== NAME.name };
  return now.descending === (!first && column !== NAME.name) ? { column, descending: !now.descending } : null;
}

export class ListTools {
  readonly heads = el("div", { class: "heads", role: "group", "aria-label": "Sort by" });
  readonly bar: HTMLElement;
  private readonly exports: HTMLElement[];
  /** What stretches alone can be exported as. */
  private readonly ofSpans: HTMLElement[];
  private readonly told = el("span", { class: "note grow" });

  constructor(
    private readonly columns: ListColumns,
    exporter: Exporter,
    private readonly handlers: ToolHandlers,
  ) {
    const item = ({ format, text, hint }: Exported): HTMLElement => menuItem(text, () => handlers.exported(format), hint);
    this.ofSpans = exporter.spanFormats.map(item);
    this.exports = [...exporter.formats.map(item), ...this.ofSpans];
    const played = el("button", { type: "button", onclick: () => handlers.playThrough() }, "Play through");
    this.bar = el("div", { class: "list-tools" }, this.told, played, menu("Columns", ...this.boxes()), ...(this.exports.length ? [menu("Export", ...this.exports)] : []));
  }

  /** Says what exporting takes in. */
  tell(text: string): void {
    this.told.textContent = text;
  }

  draw(shown: ListColumn[], sort: Sort | null, hasSpans = false): void {
    for (const item of this.ofSpans) item.hidden = !hasSpans;
    const focused = (document.activeElement as HTMLElement | null)?.dataset["column"];
    this.heads.replaceChildren(...[NAME, ...shown].map((column) => this.head(column, sort)));
    if (focused && !this.heads.contains(document.activeElement)) this.heads.querySelector<HTMLElement>(`[data-column="${focused}"]`)?.focus();
  }

  private head(column: ListColumn, sort: Sort | null): HTMLButtonElement {
    const isSorted = sort?.column === column.name;
    const way = isSorted ? (sort.descending ? "descending" : "ascending") : "";
    const unit = column.unit ? ` (${column.unit})` : "";
    return el(
      "button",
      {
        type: "button",
        class: column === NAME ? "of-name" : `cell ${column.name}`,
        dataset: { column: column.name },
        title: `${column.label}${unit}: ${column.about}`,
        "aria-label": `Sort by ${column.label}${way && `, now ${way}`}`,
        "aria-pressed": String(isSorted),
        onclick: () => this.handlers.sort(nextSort(sort, column.name)),
      },
      column.label,
      isSorted ? (sort.descending ? " ▾" : " ▴") : "",
    );
  }

  private boxes(): HTMLElement[] {
    return this.columns.all.map((column) => {
      const box = el("input", { type: "checkbox", checked: this.columns.isChosen(column.name) });
      box.addEventListener("change", () => this.columns.choose(column.name, box.checked));
      this.columns.addEventListener("change", () => (box.checked = this.columns.isChosen(column.name)));
      return el("label", { title: column.about }, box, ` ${column.label}${column.unit ? ` (${column.unit})` : ""}`);
    });
  }
}
