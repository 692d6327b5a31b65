/** The activity page: when recordings were made, and when a label was found. */

import { daysByWeeks, hoursByDates, percent, valueOf, type ActivityRow, type Cell } from "./recordings/activity_rows.ts";
import type { ActivityAnswer } from "./api/answers.ts";
import { Api } from "./api/api.ts";
import { readConfig } from "./api/config.ts";
import { byId, el, say } from "./page/elements.ts";
import { cellTime } from "./recordings/day_tracks.ts";
import { HeatMap } from "./recordings/heat_map.ts";
import { missingText } from "./page/missing.ts";
import { count, longTime } from "./page/show.ts";
import { followTheme } from "./page/theme.ts";


const NAMES = ["label", "confidence", "site", "recorded_after", "recorded_before"] as const;
type Asked = Record<(typeof NAMES)[number], string>;
type Field = HTMLInputElement | HTMLSelectElement;

const config = readConfig();
const api = new Api(config);
const form = byId<HTMLFormElement>("asked");
const byHours = new HeatMap(byId("by-hours"), { least: 2, most: 26, height: 12 }, openCell);
const byDays = new HeatMap(byId("by-days"), { least: 11, most: 26, height: 15 }, openCell);
let latest = 0;

const field = (name: string): Field => form.elements.namedItem(name) as Field;

function asked(): Asked {
  const values = Object.fromEntries(NAMES.map((name) => [name, field(name).value])) as Asked;
  return values.label ? values : { ...values, confidence: "" };
}

async function ask(by: string, what: Asked): Promise<{ rows: ActivityRow[]; answer: ActivityAnswer }> {
  const answer = await api.get("api/activity", { by, ...what });
  const rows = answer.rows.map((row) => Object.fromEntries(answer.columns.map((name, at) => [name, row[at]])));
  return { rows: rows as unknown as ActivityRow[], answer };
}

async function refresh(): Promise<void> {
  const [what, mine] = [asked(), (latest += 1)];
  (field("confidence") as HTMLSelectElement).disabled = !what.label;
  byId("summary").textContent = "Counting…";
  try {
    const periods = ["date and hour", "date", "hour", "month"];
    const answers = await Promise.all(periods.map((by) => ask(by, what)));
    if (mine !== latest) return;
    const [cells, dates, hours, months] = answers.map((one) => one.rows) as [ActivityRow[], ActivityRow[], ActivityRow[], ActivityRow[]];
    offer("site", (answers[0] as { answer: ActivityAnswer }).answer.sites);
    summarise(cells, dates, (answers[0] as { answer: ActivityAnswer }).answer, what.label);
    draw(cells, dates, what.label);
    for (const [name, rows] of [["hour", hours], ["month", months], ["date", dates]] as const) fillTable(name, rows, what.label);
  } catch (error) {
    if (mine === latest) byId("summary").textContent = (error as Error).message;
    say((error as Error).message, "error");
  }
  document.body.dataset["ready"] = "yes";
}

function summarise(cells: ActivityRow[], dates: ActivityRow[], { timeless, missing }: ActivityAnswer, label: string): void {
  const total = dates.reduce((sum, row) => sum + row.duration_s, 0);
  const withIt = cells.filter((row) => row.recordings_with_it).length;
  const [first, last] = [dates[0]?.date ?? "", dates.at(-1)?.date ?? ""];
  const found = label ? `${label} in ${withIt.toLocaleString("en")} of ${count(cells.length, "hour")} with recordings` : `${count(cells.length, "hour")} with recordings`;
  const known = `${found}, ${first} to ${last}; ${longTime(total)} of sound in all.`;
  const left = timeless ? ` Not counted: ${count(timeless, "sound")} without a known time.` : "";
  byId("summary").textContent = [(cells.length ? known : "No recording here whose time is known.") + left, missingText(missing)].filter(Boolean).join(" ");
}

function draw(cells: ActivityRow[], dates: ActivityRow[], label: string): void {
  for (const section of document.querySelectorAll<HTMLElement>("main section")) section.hidden = cells.length === 0;
  if (!cells.length) return;
  const shown = label ? percent : longTime;
  const what = label ? `Share of recordings with ${label}` : "How much was recorded";
  byHours.show(hoursByDates(cells, label), `${what}, by hour and date.`, shown);
  byDays.show(daysByWeeks(dates, label), `${what}, by day.`, shown);
}

function fillTable(name: string, rows: ActivityRow[], label: string): void {
  const heads = [name[0]?.toUpperCase() + name.slice(1), "Recordings", "Length", ...(label ? [`With ${label}`, "Share"] : [])];
  const most = rows.reduce((one, row) => Math.max(one, valueOf(row)), 0) || 1;
  const head = el("tr", {}, ...heads.map((text, at) => el("th", { scope: "col", class: at ? "number" : "" }, text)), el("td", {}));
  const body = rows.map((row) => {
    const bar = el("i", { class: "bar-of-share" });
    bar.style.width = `${(6 * valueOf(row)) / most}rem`;
    const found = label ? [row.recordings_with_it?.toLocaleString("en"), percent(valueOf(row))] : [];
    const numbers = [row.recordings.toLocaleString("en"), longTime(row.duration_s), ...found];
    return el("tr", {}, el("th", { scope: "row" }, row.period), ...numbers.map((text) => el("td", { class: "number" }, text)), el("td", { "aria-hidden": "true" }, bar));
  });
  byId(`${name}-table`).replaceChildren(el("thead", {}, head), el("tbody", {}, ...body));
}

function offer(name: string, choices: string[]): void {
  const select = field(name) as HTMLSelectElement;
  const wanted = select.value || (new URLSearchParams(location.hash.slice(1)).get(name) ?? "");
  const all = select.options[0] as HTMLOptionElement;
  const there = wanted && !choices.includes(wanted) ? [wanted, ...choices] : choices;
  select.replaceChildren(all, ...there.map((one) => el("option", { value: one }, one)));
  select.value = wanted;
}

/** The recordings that reach into a cell's time, with what was found in them then. */
function openCell(cell: Cell): void {
  const { site, label, confidence } = asked();
  const given = Object.entries({ site, label, confidence }).filter(([, value]) => value);
  const { from, until } = cellTime(cell.where["date"] as string, cell.where["hour"]);
  location.assign(`recordings#${new URLSearchParams([...given, ["from", from], ["until", until]])}`);
}

function keep(): void {
  const given = Object.entries(asked()).filter(([, value]) => value);
  history.replaceState(null, "", given.length ? `#${new URLSearchParams(given)}` : location.pathname);
}

async function start(): Promise<void> {
  const given = new URLSearchParams(location.hash.slice(1));
  try {
    const { labels } = await api.get("api/labels");
    offer("label", labels.map((label) => label.name));
  } catch {
    (field("label").parentElement as HTMLElement).hidden = true; // labels are not shown to everyone
  }
  offer("site", []);
  for (const name of NAMES) if (given.get(name)) field(name).value = given.get(name) as string;
  await refresh();
}

function changed(): void {
  keep();
  void refresh();
}

followTheme(() => void refresh());
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", changed);
form.addEventListener("reset", () => setTimeout(changed));
void start();
