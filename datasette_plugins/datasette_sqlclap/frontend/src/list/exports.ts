/** A selection as a file: CSV, M3U, or plain paths. */

import type { ListedSample } from "../api/answers.ts";

export function asCsv(rows: ListedSample[]): string {
  const lines = rows.map((row) => [row.sample_id, row.path, row.duration_s ?? "", row.format ?? ""].map(cell).join(","));
  return ["sample_id,path,duration_s,format", ...lines].join("\r\n") + "\r\n";
}

export function asM3u(rows: ListedSample[], address: (id: number) => string): string {
  const lines = rows.map((row) => {
    const title = plain(row.path.replace(/[\r\n]/g, " "));
    return `#EXTINF:${Math.round(row.duration_s ?? -1)},${title}\n${address(row.sample_id)}`;
  });
  return ["#EXTM3U", ...lines].join("\n") + "\n";
}

export function asPaths(rows: ListedSample[]): string {
  return rows.map((row) => plain(row.path)).join("\n") + "\n";
}

/** Shows control and direction characters as escapes: a name must not steer a terminal or break a line. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (one) => `\\u${(one.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
}

/** Quotes what CSV needs quoted; what a spreadsheet would run as a formula is made text. */
function cell(value: string | number): string {
  let text = plain(String(value));
  if (typeof value === "string" && /^[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text)) text = `'${text}`;
  return /[",]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

export function save(name: string, type: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
