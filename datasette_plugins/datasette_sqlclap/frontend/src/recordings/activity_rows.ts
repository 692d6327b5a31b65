/** Rows of activity, laid out as grids of cells: hours by dates, weekdays by weeks. */

import { count, longTime } from "../page/show.ts";

export interface ActivityRow {
  period: string;
  date: string | null;
  hour: number | null;
  recordings: number;
  duration_s: number;
  recordings_with_it: number | null;
}

export interface Cell {
  column: number;
  row: number;
  value: number;
  text: string;
  /** The recordings of that date (and hour), as a query of the table. */
  where: Record<string, string>;
}

export interface Grid {
  columns: number;
  rows: number;
  cells: Cell[];
  columnNames: [number, string][];
  rowNames: [number, string][];
}

const DAY_MS = 86_400_000;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Days since 1970; times are by the clock there, so no zone takes part. */
export function dayNumber(date: string): number {
  return Math.round(Date.parse(`${date}T00:00:00Z`) / DAY_MS);
}

/** 0 is Monday. */
export function weekday(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** What a cell is coloured by: the share of recordings with the label, or how much was recorded. */
export function valueOf(row: ActivityRow): number {
  if (row.recordings_with_it === null) return row.duration_s;
  return row.recordings ? row.recordings_with_it / row.recordings : 0;
}

export function describe(row: ActivityRow, label: string): string {
  if (row.recordings_with_it === null) return `${count(row.recordings, "recording")}, ${longTime(row.duration_s)}`;
  return `${row.recordings_with_it.toLocaleString("en")} of ${count(row.recordings, "recording")} with ${label} (${percent(valueOf(row))})`;
}

export function percent(share: number): string {
  const hundredths = 100 * share;
  return `${hundredths && hundredths < 10 ? hundredths.toFixed(1) : Math.round(hundredths)} %`;
}

export function hoursByDates(rows: ActivityRow[], label: string): Grid {
  const dated = rows.filter((row) => row.date !== null && row.hour !== null);
  const days = dated.map((row) => dayNumber(row.date as string));
  const [first, last] = ends(days);
  const cells = dated.map((row, at) => ({
    column: (days[at] as number) - first,
    row: row.hour as number,
    value: valueOf(row),
    text: `${spelled(days[at] as number)}, ${row.hour}:00: ${describe(row, label)}`,
    where: { date: row.date as string, hour: String(row.hour) },
  }));
  const rowNames = [0, 6, 12, 18].map((hour): [number, string] => [hour, `${hour}:00`]);
  return { columns: last - first + 1, rows: 24, cells, columnNames: monthNames(first, last, 1), rowNames };
}

export function daysByWeeks(rows: ActivityRow[], label: string): Grid {
  const dated = rows.filter((row) => row.date !== null);
  const days = dated.map((row) => dayNumber(row.date as string));
  const [first, last] = ends(days);
  const monday = first - weekday(first);
  const cells = dated.map((row, at) => ({
    column: Math.floor(((days[at] as number) - monday) / 7),
    row: weekday(days[at] as number),
    value: valueOf(row),
    text: `${spelled(days[at] as number)}: ${describe(row, label)}`,
    where: { date: row.date as string },
  }));
  const rowNames = [0, 2, 4, 6].map((row): [number, string] => [row, WEEKDAYS[row] as string]);
  return { columns: Math.floor((last - monday) / 7) + 1, rows: 7, cells, columnNames: monthNames(first, last, 7), rowNames };
}

function ends(days: number[]): [number, number] {
  return [days.reduce((one, other) => Math.min(one, other), Infinity), days.reduce((one, other) => Math.max(one, other), -Infinity)];
}

function spelled(day: number): string {
  const date = new Date(day * DAY_MS);
  return `${WEEKDAYS[weekday(day)]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** The columns in which months begin, with their names; January has its year. */
function monthNames(first: number, last: number, daysOfColumn: number): [number, string][] {
  const start = daysOfColumn === 7 ? first - weekday(first) : first;
  const names: [number, string][] = [];
  for (let day = first; day <= last; day += 1) {
    const date = new Date(day * DAY_MS);
    if (day !== first && date.getUTCDate() !== 1) continue;
    const [month, year] = [date.getUTCMonth(), date.getUTCFullYear()];
    const name = month === 0 || day === first ? `${MONTHS[month]} ${year}` : (MONTHS[month] as string);
    names.push([Math.floor((day - start) / daysOfColumn), name]);
  }
  return names;
}
