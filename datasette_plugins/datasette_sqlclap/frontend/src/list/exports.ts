/** Sounds given out: as paths, lists and archives that the server writes; dragged out of the page. */

import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { say } from "../page/elements.ts";
import { save } from "../page/save.ts";
import { count, fileName, fileSize } from "../page/show.ts";
import { stretchOf, type ListedMatch } from "./sound_row.ts";

export type Format = "paths" | "m3u8" | "csv" | "zip" | "raven" | "kaleidoscope" | "clips";
export interface Exported {
  format: Format;
  text: string;
  hint: string;
}
/** Formats in which stretches of sounds are told with their ends; in others, the sounds that hold them are given out. */
const OF_SPANS: Format[] = ["m3u8", "csv", "raven", "kaleidoscope", "clips"];
const SPAN_FILES: Partial<Record<Format, string>> = { m3u8: "moments.m3u8", raven: "moments.selections.txt", clips: "clips.zip" };

export function isOfSpans(format: Format): boolean {
  return OF_SPANS.includes(format);
}

/** So many are exported at once. */
export const MOST_EXPORTED = 200_000;
/** So many stretches are. */
export const MOST_SPANS = 10_000;
/** Characters of ids that fit into an address: more are not dragged out at once. */
const LONGEST_IDS = 16_000;

export class Exporter {
  constructor(
    private readonly api: Api,
    private readonly config: Config,
  ) {}

  /** What there is for this visitor: where files lie is told only at their machine. */
  get formats(): Exported[] {
    const local = this.config.seesPaths;
    return [
      ...(local ? [{ format: "paths" as const, text: "Copy paths", hint: "Absolute paths, one a line, to the clipboard" }] : []),
      { format: "m3u8", text: "Playlist (M3U8)", hint: local ? "Of the files: players and DAWs open it" : "Of addresses, which play while this page is served" },
      { format: "csv", text: "Table (CSV)", hint: "With all that was measured" },
      { format: "zip", text: "Files (zip)", hint: "As they are; 2 GiB at most" },
    ];
  }

  /** What lists of stretches have besides. */
  get spanFormats(): Exported[] {
    return [
      { format: "raven", text: "Raven selections", hint: "A selection table: one row a stretch" },
      { format: "kaleidoscope", text: "Kaleidoscope (CSV)", hint: "One row a stretch" },
      { format: "clips", text: "Clips (WAV in a zip)", hint: "Each stretch cut out as it was recorded; 2 GiB at most" },
    ];
  }

  /** Stretches of sounds, with where they begin and end. */
  async runSpans(format: Format, rows: readonly ListedMatch[]): Promise<void> {
    const spans = rows.flatMap((row) => {
      const stretch = stretchOf(row);
      return stretch ? [{ sample_id: row.sample_id, start_s: stretch.from, end_s: stretch.to, score: "score" in row ? row.score : null }] : [];
    });
    if (!spans.length) return say("There is nothing to export");
    if (format === "clips") say(`Cutting ${count(spans.length, "moment")}…`);
    try {
      const file = await this.api.file("api/export", { format, spans });
      const name = SPAN_FILES[format] ?? "moments.csv";
      save(name, file);
      say(`${count(spans.length, "moment")} in ${name}, ${fileSize(file.size)}`);
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  async run(format: Format, sample_ids: number[]): Promise<void> {
    if (!sample_ids.length) return say("There is nothing to export");
    const many = sample_ids.length > MOST_EXPORTED;
    const ids = many ? sample_ids.slice(0, MOST_EXPORTED) : sample_ids;
    say(`Exporting ${count(ids.length, "sound")}…`);
    try {
      const file = await this.api.file("api/export", { format, sample_ids: ids });
      const what = `${many ? "The first " : ""}${count(ids.length, "sound")}`;
      if (format === "paths" && (await copied(await file.text()))) return say(`${what}: paths copied`);
      const name = format === "paths" ? "sounds.txt" : `sounds.${format}`;
      save(name, file);
      say(`${what} in ${name}, ${fileSize(file.size)}`);
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  /** Dragged out of the browser, a sound becomes its file, and several a zip (in Chromium; elsewhere their addresses). */
  carry(event: DragEvent, sound: { sample_id: number; path: string }, selected: ReadonlySet<number>): void {
    const several = selected.has(sound.sample_id) && selected.size > 1;
    if (!several) return this.put(event, "application/octet-stream", sound.path, this.api.audio(sound.sample_id), [sound.sample_id], sound.path);
    const ids = [...selected].join(",");
    if (ids.length > LONGEST_IDS) {
      event.preventDefault();
      return say(`${count(selected.size, "sound")} are too many to drag: take “Export”`, "error");
    }
    this.put(event, "application/zip", "sounds.zip", this.api.url("api/export", { format: "zip", sample_ids: ids }), [...selected]);
  }

  private put(event: DragEvent, type: string, path: string, address: string, ids: number[], text?: string): void {
    const whole = (one: string) => new URL(one, location.href).href;
    const addresses = ids.map((id) => whole(this.api.audio(id)));
    const data = event.dataTransfer;
    data?.setData("DownloadURL", `${type}:${fileName(path).replace(/:/g, "_")}:${whole(address)}`);
    data?.setData("text/uri-list", addresses.join("\r\n"));
    data?.setData("text/plain", text ?? addresses.join("\n"));
  }
}

/** False where the browser refuses: then a file has to do. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
