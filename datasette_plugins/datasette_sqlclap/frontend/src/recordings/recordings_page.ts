/** The recordings page: what was recorded when and where, and in which of it a label was found. */

import type { Reads, Recording } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { byId, el, say } from "../page/elements.ts";
import { missingText } from "../page/missing.ts";
import { count, fileName, longTime } from "../page/show.ts";
import { followTheme } from "../page/theme.ts";
import { dayTracks, type Track } from "./day_tracks.ts";

const NAMES = ["label", "confidence", "site", "from", "until", "only_found", "by"] as const;
type Asked = Record<(typeof NAMES)[number], string>;
type Field = HTMLInputElement | HTMLSelectElement;

const AT_ONCE = 500;
const HOURS = [0, 6, 12, 18];
/** A block is at least so wide (in percent), so that short recordings are seen and hit. */
const NARROWEST = 0.35;

export class RecordingsPage {
  private readonly form = byId<HTMLFormElement>("asked");
  private listed: Recording[] = [];
  private turn = 0;

  constructor(private readonly api: Api) {}

  async start(): Promise<void> {
    followTheme();
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", () => this.changed());
    this.form.addEventListener("reset", () => setTimeout(() => this.changed()));
    byId("more").addEventListener("click", () => void this.ask(this.listed.length));
    window.addEventListener("hashchange", () => void this.restore());
    await this.offer();
    await this.restore();
    document.body.dataset["ready"] = "yes";
  }

  private field(name: string): Field {
    return this.form.elements.namedItem(name) as Field;
  }

  private get asked(): Asked {
    const value = (field: Field) => (field instanceof HTMLInputElement && field.type === "checkbox" ? (field.checked ? "1" : "") : field.value);
    return Object.fromEntries(NAMES.map((name) => [name, value(this.field(name))])) as Asked;
  }

  private async offer(): Promise<void> {
    const fill = (name: string, values: string[]) => this.field(name).append(...values.map((one) => el("option", { value: one }, one)));
    try {
      fill("site", (await this.api.get("api/activity", { by: "month" })).sites);
      fill("label", (await this.api.get("api/labels")).labels.map((one) => one.name));
    } catch {
      (this.field("label").parentElement as HTMLElement).hidden = true; // labels are not shown to everyone
    }
  }

  private async restore(): Promise<void> {
    const given = new URLSearchParams(location.hash.slice(1));
    for (const name of NAMES) {
      const [field, value] = [this.field(name), given.get(name) ?? ""];
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === "1";
      else if (field instanceof HTMLInputElement) field.value = value && !value.includes("T") ? `${value}T00:00` : value;
      else field.value = value || (field.options[0]?.value ?? "");
    }
    await this.ask(0);
  }

  private changed(): void {
    const given = Object.entries(this.asked).filter(([name, value]) => value && !(name === "by" && value === "day"));
    history.replaceState(null, "", given.length ? `#${new URLSearchParams(given)}` : location.pathname);
    void this.ask(0);
  }

  /** Asks for recordings from a place in their order on; only the last answer counts. */
  private async ask(offset: number): Promise<void> {
    const turn = (this.turn += 1);
    const { by, label, ...others } = this.asked;
    const narrowed = label ? others : { ...others, confidence: "", only_found: "" };
    for (const name of ["confidence", "only_found"]) this.field(name).disabled = !label;
    try {
      const answer = await this.api.get("api/recordings", { ...narrowed, label, n: AT_ONCE, offset });
      if (turn !== this.turn) return;
      this.listed = offset ? [...this.listed, ...answer.recordings] : answer.recordings;
      this.show(answer, by, label);
    } catch (error) {
      if (turn !== this.turn) return;
      byId("summary").textContent = (error as Error).message;
      say((error as Error).message, "error");
    }
  }

  private show(answer: Reads["api/recordings"], by: string, label: string): void {
    const length = this.listed.reduce((sum, one) => sum + (one.duration_s ?? 0), 0);
    const there = `${count(answer.total, "recording")}${this.listed.length < answer.total ? `, the first ${this.listed.length.toLocaleString("en")} of them below` : ""}`;
    const summary = answer.total ? `${there}; ${longTime(length)} of sound${this.listed.length < answer.total ? " in these" : ""}.` : "No recording whose time is known lies there.";
    byId("summary").textContent = [summary, missingText(answer.missing)].filter(Boolean).join(" ");
    byId("more").hidden = this.listed.length >= answer.total;
    byId("tracks").replaceChildren(...this.tracks(dayTracks(this.listed, by === "site"), label));
    byId("list").replaceChildren(...this.rows(label));
    byId("days").hidden = byId("all").hidden = !answer.total;
  }

  private tracks(tracks: Track[], label: string): HTMLElement[] {
    const hours = el("div", { class: "track hours", "aria-hidden": "true" }, el("span", { class: "day" }), el("div", { class: "blocks" }, ...HOURS.map((hour) => placed(el("span", {}, `${hour}:00`), hour / 24, 0))));
    const made: HTMLElement[] = [hours];
    let site: string | null = null;
    for (const track of tracks) {
      if (track.site !== site && track.site !== null) made.push(el("h3", {}, track.site || "No site"));
      site = track.site;
      const blocks = track.blocks.map(({ recording, from, to }) => {
        const found = recording.found ?? 0;
        const link = el("a", { href: this.address(recording, label), class: label && !found ? "block without" : "block", title: told(recording, label), "aria-label": told(recording, label) });
        return placed(link, from, to - from);
      });
      made.push(el("div", { class: "track" }, el("span", { class: "day" }, track.date), el("div", { class: "blocks" }, ...blocks)));
    }
    return made;
  }

  private rows(label: string): HTMLElement[] {
    const heads = ["Began", "Recording", "Length", "Site", ...(label ? [label] : [])];
    const head = el("tr", {}, ...heads.map((text, at) => el("th", { scope: "col", class: at === 2 || at === 4 ? "number" : "" }, text)));
    const body = this.listed.map((one) =>
      el(
        "tr",
        {},
        el("td", {}, began(one), one.time_source === "file" ? el("small", { title: "Nothing says when: this is the file's own time" }, "file's time") : null),
        el("td", {}, el("a", { href: this.address(one, label) }, one.path)),
        el("td", { class: "number" }, longTime(one.duration_s ?? 0)),
        el("td", {}, one.site ?? one.deployment ?? ""),
        label ? el("td", { class: "number" }, one.found ? one.found.toLocaleString("en") : "–") : null,
      ),
    );
    return [el("thead", {}, head), el("tbody", {}, ...body)];
  }

  /** Of its spectrogram, with the label's matches. */
  private address(recording: Recording, label: string): string {
    return `spectrogram#${new URLSearchParams({ sample: String(recording.sample_id), ...(label ? { label } : {}) })}`;
  }
}

/** To the second: what is finer than that is of files' own times. */
function began(recording: Recording): string {
  return recording.started_at.replace("T", " ").replace(/\.\d+/, "");
}

function told(recording: Recording, label: string): string {
  const found = label ? `, ${recording.found ? `${label}: ${recording.found}` : `no ${label}`}` : "";
  return `${fileName(recording.path)}, ${began(recording)}, ${longTime(recording.duration_s ?? 0)}${found}`;
}

function placed(made: HTMLElement, from: number, length: number): HTMLElement {
  made.style.left = `${Math.min(100 * from, 100 - NARROWEST)}%`;
  if (length) made.style.width = `${Math.max(NARROWEST, 100 * length)}%`;
  return made;
}
