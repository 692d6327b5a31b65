/** The columns of lists: which there are, which are shown, and what they hold of each sound. */

import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";

export type Value = string | number | null;

export interface ListColumn {
  name: string;
  label: string;
  unit: string;
  about: string;
  decimals: number;
}

/** An order of a list; without one, a list has its own: best first, say. */
export interface Sort {
  column: string;
  descending: boolean;
}

const KEPT = "sqlclap-columns";
const FIRST = ["duration_s"];
export const NAME: ListColumn = { name: "path", label: "Name", unit: "", about: "Folder and file", decimals: 0 };
/** Of what rows tell themselves, the last that is told is shown always. */
const ALWAYS = ["score", "margin"];
/** What the rows of some lists tell themselves. */
const OF_ROWS: ListColumn[] = [
  { name: "score", label: "Score", unit: "", about: "Cosine similarity", decimals: 3 },
  { name: "gap", label: "Gap", unit: "", about: "How much nearer it is to the label than to its rivals", decimals: 3 },
  { name: "margin", label: "Margin", unit: "", about: "How far it lies above threshold and gap: below 0, it is not sure", decimals: 3 },
  { name: "start_s", label: "Start", unit: "s", about: "Where the stretch begins", decimals: 2 },
  { name: "end_s", label: "End", unit: "s", about: "Where the stretch ends", decimals: 2 },
];
const OF_FILES: ListColumn[] = [
  { name: "format", label: "Format", unit: "", about: "Container and coding", decimals: 0 },
  { name: "sample_rate", label: "Rate", unit: "Hz", about: "Sample rate", decimals: 0 },
  { name: "channels", label: "Channels", unit: "", about: "1 is mono, 2 stereo", decimals: 0 },
  { name: "bytes", label: "Size", unit: "bytes", about: "Of the file", decimals: 0 },
  { name: "key", label: "Key", unit: "", about: "As it was measured", decimals: 0 },
  { name: "sound_kind", label: "Kind", unit: "", about: "One-shot, loop or recording, as it was measured", decimals: 0 },
  { name: "added_at", label: "Added", unit: "", about: "When ingest first saw it", decimals: 0 },
];

/** Names of columns as they were kept, without what there isn't any more. */
export function keptColumns(kept: string | null, there: readonly ListColumn[]): string[] {
  try {
    const names: unknown = JSON.parse(kept ?? "null");
    if (Array.isArray(names)) return there.map((one) => one.name).filter((name) => names.includes(name));
  } catch {
    // What was kept is none of ours.
  }
  return FIRST;
}

/** What all lists of the page show; remembered by the browser. */
export class ListColumns extends EventTarget {
  readonly all: ListColumn[];
  private names: string[];

  constructor(config: Config) {
    super();
    this.all = [...OF_ROWS.filter((one) => !ALWAYS.includes(one.name)), ...config.measured, ...OF_FILES];
    this.names = keptColumns(localStorage.getItem(KEPT), this.all);
    this.tell();
  }

  get chosen(): ListColumn[] {
    return this.all.filter((one) => this.names.includes(one.name));
  }

  isChosen(name: string): boolean {
    return this.names.includes(name);
  }

  choose(name: string, isWanted: boolean): void {
    this.names = this.all.map((one) => one.name).filter((one) => (one === name ? isWanted : this.names.includes(one)));
    localStorage.setItem(KEPT, JSON.stringify(this.names));
    this.tell();
    this.dispatchEvent(new Event("change"));
  }

  /** Those of the chosen that rows such as this one have. */
  shownOf(row: object | undefined): ListColumn[] {
    const always = OF_ROWS.filter((one) => one.name === (row && "margin" in row ? "margin" : "score") && row && one.name in row);
    return [...this.chosen.filter((one) => !ofRows(one) || (row && one.name in row)), ...always];
  }

  /** Names of the chosen that are asked for. */
  get asked(): string[] {
    return this.chosen.filter((one) => !ofRows(one)).map((one) => one.name);
  }

  /** The panel is as wide as the columns need. */
  private tell(): void {
    document.body.style.setProperty("--columns", String(this.names.length + 1));
  }
}

function ofRows(column: ListColumn): boolean {
  return OF_ROWS.includes(column);
}

/** A value as a cell shows it. */
export function cellText(column: ListColumn, value: unknown): string {
  if (typeof value === "string") return column.name.endsWith("_at") ? value.slice(0, 10) : value;
  if (typeof value !== "number") return "";
  const digits = { minimumFractionDigits: column.decimals, maximumFractionDigits: column.decimals };
  return value.toLocaleString("en", digits).replace("-", "\u2212");
}

type Sound = { sample_id: number };

/** Columns that rows don't tell themselves: asked for as rows come into sight. */
export class ColumnValues {
  private readonly known = new Map<number, Record<string, Value>>();
  private readonly asked = new Map<number, Promise<void>>();

  constructor(
    private readonly api: Api,
    private readonly names: string[],
  ) {}

  holds(row: Sound): boolean {
    return this.known.has(row.sample_id) || this.names.every((name) => name in row);
  }

  of(row: Sound, name: string): unknown {
    return name in row ? (row as unknown as Record<string, unknown>)[name] : this.known.get(row.sample_id)?.[name];
  }

  /** Asks for what isn't known of some rows; what can't be had stays empty. */
  async need(rows: readonly Sound[]): Promise<void> {
    const ids = [...new Set(rows.filter((row) => !this.holds(row)).map((row) => row.sample_id))];
    const fresh = ids.filter((id) => !this.asked.has(id));
    if (fresh.length) {
      const asking = this.ask(fresh);
      for (const id of fresh) this.asked.set(id, asking);
    }
    await Promise.all(new Set(ids.map((id) => this.asked.get(id))));
  }

  private async ask(ids: number[]): Promise<void> {
    try {
      const { samples, columns } = await this.api.post("api/samples", { sample_ids: ids, columns: this.names });
      samples.forEach((sample, at) => this.known.set(sample.sample_id, Object.fromEntries(this.names.map((name) => [name, columns?.[name]?.[at] ?? null]))));
    } finally {
      for (const id of ids) {
        if (!this.known.has(id)) this.known.set(id, {});
        this.asked.delete(id);
      }
    }
  }
}
