/** Numbers and names as people read them. */

export function seconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return "";
  if (value < 10) return `${value.toFixed(2)} s`;
  if (value < 60) return `${value.toFixed(1)} s`;
  return `${Math.floor(value / 60)}:${String(Math.floor(value % 60)).padStart(2, "0")}`;
}

/** Decibels with a decimal; what rounds to nothing has no sign. */
export function decibels(value: number): string {
  return (Math.round(10 * value) / 10 || 0).toFixed(1);
}

/** Lengths of whole collections: hours and minutes, where there are hours. */
export function longTime(value: number): string {
  if (value < 3600) return seconds(value);
  const minutes = Math.round(value / 60);
  const hours = `${Math.floor(minutes / 60).toLocaleString("en")} h`;
  return minutes >= 6000 ? hours : `${hours} ${String(minutes % 60).padStart(2, "0")} min`;
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function folderName(path: string): string {
  const at = path.lastIndexOf("/");
  return at < 0 ? "" : path.slice(0, at);
}

export function fileSize(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function count(n: number, what: string): string {
  return `${n.toLocaleString("en")} ${what}${n === 1 ? "" : "s"}`;
}
