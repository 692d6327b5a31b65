/** The filters: folders, labels, words in names and metadata, what files say, and whatever is measured. */

import { Refused, type Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import type { Atlas } from "../map/atlas.ts";
import type { Only } from "../map/legend.ts";
import { byId, el, say } from "../page/elements.ts";
import { count } from "../page/show.ts";
import { FolderTree } from "./folder_tree.ts";
import { MeasuredFilters } from "./measured_filters.ts";
import { isRange, type Range } from "./measures.ts";
import { PointFilter } from "./point_filter.ts";
import { LENGTH, SAID, rangesOf, type Said, type SaidName, type State } from "./state.ts";

/** Fields that are shown where the library has values for them. */
const CHOSEN = ["key", "category", "site"] as const;

export class FilterForm {
  private readonly form = byId<HTMLFormElement>("filters");
  private readonly button = byId("show-filters");
  private readonly points: PointFilter | null;
  private readonly measured: MeasuredFilters;
  private readonly folders: FolderTree;
  /** Why nothing can be said of what passes them; empty where it can. */
  why = "";
  private isFilled = false;
  private folder = "";
  /** What was shown or applied last counts. */
  private turn = 0;

  constructor(
    private readonly atlas: Atlas | null,
    private readonly api: Api,
    config: Config,
    private readonly changed: (filters: Partial<State>) => void,
  ) {
    this.points = atlas ? new PointFilter(atlas) : null;
    this.measured = new MeasuredFilters(config.measured, this.points, (name, range) => this.setRange(name, range));
    this.folders = new FolderTree(byId("folders"), api, config.samples, (folder) => this.choose(folder));
    if (atlas) atlas.legend.narrow = (only, on) => this.narrow(only, on);
    this.button.addEventListener("click", () => this.toggle());
    byId("hide-filters").addEventListener("click", () => this.toggle(false));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", () => changed(this.values()));
    this.form.addEventListener("reset", () => {
      this.folder = "";
      setTimeout(() => changed(this.values()));
    });
  }

  toggle(open = this.form.hidden): void {
    this.form.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return this.button.focus();
    void this.fill();
    this.field("text").focus();
  }

  async show(state: State): Promise<void> {
    const turn = (this.turn += 1);
    const ranges = rangesOf(state);
    const narrowing = Object.values(state.said).filter(Boolean).length + Object.keys(ranges).length;
    if (narrowing) {
      // On a phone they would hide the map.
      if (matchMedia("(min-width: 48rem)").matches) {
        this.form.hidden = false;
        this.button.setAttribute("aria-expanded", "true");
      }
      await this.fill();
      if (turn !== this.turn) return;
    }
    if (this.measured.hidesAny(ranges)) byId<HTMLDetailsElement>("measured").open = true;
    this.folder = state.said.folder ?? "";
    for (const name of SAID) if (name !== "folder") this.put(name, state.said[name] ?? "");
    for (const name of this.measured.names) {
      const [least, most] = ranges[name] ?? [null, null];
      this.put(endName("min", name), least === null ? "" : String(least));
      this.put(endName("max", name), most === null ? "" : String(most));
    }
    await this.folders.show(this.folder);
    if (turn === this.turn) await this.apply(state);
  }

  async apply(state: State): Promise<void> {
    const turn = (this.turn += 1);
    const ranges = rangesOf(state);
    const narrowing = Object.values(state.said).filter(Boolean).length + Object.keys(ranges).length;
    byId("show-filters").dataset["narrowing"] = narrowing ? String(narrowing) : "";
    await this.folders.show(state.said.folder ?? "");
    this.atlas?.legend.mark(state);
    const kept = await this.kept(state, turn);
    if (turn !== this.turn) return;
    this.measured.show(ranges);
    byId("filtered").textContent = kept === undefined || (!narrowing && !this.isFilled) ? "" : count(narrowing ? kept : this.api.samples, "sound"); // some have no place on the map
  }

  /** How many points pass: none where the filters can't be asked, and `why` says why not. */
  private async kept(state: State, turn: number): Promise<number | undefined> {
    this.why = "";
    try {
      return await this.points?.apply(state);
    } catch (error) {
      if (turn !== this.turn) return undefined;
      this.why = (error as Error).message;
      say(this.why, "error");
      return error instanceof Refused ? this.points?.refuse() : undefined;
    }
  }

  /** Other sounds are selected: the histograms show where these lie. */
  select(ids: ReadonlySet<number>): void {
    this.measured.select(ids);
  }

  /** Labels have come or gone: the choices are asked for again when they are needed. */
  forget(): void {
    this.isFilled = false;
    this.points?.forgetLabels();
    if (!this.form.hidden) void this.fill();
  }

  private choose(folder: string): void {
    this.folder = folder;
    this.changed(this.values());
  }

  /** Keeps what a colour of the legend stands for, or all again. */
  private narrow(only: Only, on: boolean): void {
    if ("measured" in only) return this.setRange(only.measured, on ? only.range : [null, null]);
    if (only.said === "folder") return this.choose(on ? only.text : "");
    this.put(only.said, on ? only.text : "");
    this.changed(this.values());
  }

  private setRange(name: string, [least, most]: Range): void {
    this.put(endName("min", name), least === null ? "" : String(least));
    this.put(endName("max", name), most === null ? "" : String(most));
    this.changed(this.values());
  }

  private async fill(): Promise<void> {
    if (this.isFilled) return;
    this.isFilled = true;
    try {
      await Promise.all([this.folders.fill(), this.offerLabels(), this.offerTimes(), ...CHOSEN.map((name) => this.offerValues(name))]);
    } catch (error) {
      this.isFilled = false;
      say((error as Error).message, "error");
    }
  }

  private async offerLabels(): Promise<void> {
    if (!this.api.readsLabels) return;
    const { labels } = await this.api.get("api/labels");
    this.offer("label", labels.filter((label) => label.tagged || label.anchors).map((label) => [label.name, label.name]));
  }

  /** Offers what there is; a field that nothing has a value of stays away. */
  private async offerValues(name: (typeof CHOSEN)[number]): Promise<void> {
    const { facets } = await this.api.get("api/facets", { facet: name, n: 1000 }).catch(() => ({ facets: [] })); // it may not be for all to see
    const values = facets[0]?.values ?? [];
    this.offer(name, values.map((one) => [String(one.value), `${one.value} (${one.sounds.toLocaleString("en")})`]));
    const group = (this.field(name) as HTMLElement).closest<HTMLElement>("[data-with]");
    if (group) group.hidden = !values.length && !this.field(name).value;
  }

  /** Times of recording are asked for where they are known of any sound. */
  private async offerTimes(): Promise<void> {
    const { facets } = await this.api.get("api/facets", { facet: "year", n: 1 }).catch(() => ({ facets: [] }));
    const times = this.form.querySelector<HTMLElement>("[data-with=recorded]");
    if (times && facets[0]?.values.length) times.hidden = false;
  }

  private offer(name: string, choices: [string, string][]): void {
    const field = this.field(name) as HTMLSelectElement;
    const chosen = field.value;
    const all = field.options[0] as HTMLOptionElement;
    field.replaceChildren(all, ...choices.map(([value, text]) => el("option", { value }, text)));
    this.put(name, chosen);
  }

  /** Sets a field; a choice that isn't offered yet is added. */
  private put(name: string, value: string): void {
    const field = this.field(name);
    if (field instanceof HTMLSelectElement && value && ![...field.options].some((one) => one.value === value)) {
      field.append(el("option", { value }, value));
    }
    field.value = value;
    const group = field.closest<HTMLElement>("[data-with]");
    if (group && value) group.hidden = false;
  }

  private values(): Partial<State> {
    const texts = SAID.map((name): [SaidName, string] => [name, name === "folder" ? this.folder : this.field(name).value.trim()]);
    const said: Said = Object.fromEntries(texts.filter(([, value]) => value));
    const ends = this.measured.names.map((name): [string, Range] => [name, [this.end(endName("min", name)), this.end(endName("max", name))]]);
    const ranges = Object.fromEntries(ends.filter(([, range]) => isRange(range)));
    const [min, max] = ranges[LENGTH] ?? [null, null];
    delete ranges[LENGTH];
    return { said, min, max, ranges };
  }

  private end(name: string): number | null {
    const text = this.field(name).value;
    return text === "" || !Number.isFinite(Number(text)) ? null : Number(text);
  }

  private field(name: string): HTMLInputElement | HTMLSelectElement {
    return this.form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
  }
}

function endName(end: "min" | "max", name: string): string {
  return name === LENGTH ? end : `${end}:${name}`;
}
