/** The filters: folder, label, words in names and metadata, length, and whatever is measured of the sounds. */

import type { Atlas } from "../map/atlas.ts";
import { byId, el, say } from "../page/elements.ts";
import { isRange, rangeFields, type Measured, type Range, type Ranges } from "./measures.ts";
import { count } from "../page/show.ts";
import type { State } from "./state.ts";

export class FilterForm {
  private readonly form = byId<HTMLFormElement>("filters");
  private readonly button = byId("show-filters");
  private filled = false;

  constructor(
    private readonly atlas: Atlas | null,
    private readonly measured: Measured[],
    changed: (filters: Partial<State>) => void,
  ) {
    byId("measured-fields").replaceChildren(...rangeFields(measured));
    this.button.addEventListener("click", () => this.toggle());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", () => changed(this.values()));
    this.form.addEventListener("reset", () => setTimeout(() => changed(this.values())));
  }

  toggle(open = this.form.hidden): void {
    this.form.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (open) {
      void this.fill();
      this.field("folder").focus();
    }
  }

  /** Groups of folders have names that are folders, but for those in brackets. */
  get folderForSearch(): string {
    const folder = this.field("folder").value;
    return folder.startsWith("(") ? "" : folder;
  }

  async show(state: State): Promise<void> {
    const ranges = Object.keys(state.ranges).length;
    const any = Boolean(state.folder || state.label || state.text || state.min !== null || state.max !== null || ranges);
    if (any) {
      this.form.hidden = false;
      this.button.setAttribute("aria-expanded", "true");
      await this.fill();
    }
    if (ranges) byId<HTMLDetailsElement>("measured").open = true;
    for (const name of this.filtered()) {
      const [least, most] = state.ranges[name] ?? [null, null];
      this.field(`min:${name}`).value = least === null ? "" : String(least);
      this.field(`max:${name}`).value = most === null ? "" : String(most);
    }
    this.field("folder").value = state.folder;
    this.field("label").value = state.label;
    this.field("text").value = state.text;
    this.field("min").value = state.min === null ? "" : String(state.min);
    this.field("max").value = state.max === null ? "" : String(state.max);
    if (any || this.filled) await this.apply(state);
  }

  async apply(state: State): Promise<void> {
    const kept = await this.atlas?.filter(state);
    byId("filtered").textContent = kept === undefined ? "" : count(kept, "sound");
  }

  /** Labels have come or gone: the choices are asked for again when they are needed. */
  forget(): void {
    this.filled = false;
    if (!this.form.hidden) void this.fill();
  }

  private async fill(): Promise<void> {
    if (this.filled || !this.atlas) return;
    this.filled = true;
    try {
      for (const name of ["folder", "label"] as const) this.offer(name, await this.atlas.names(name));
    } catch (error) {
      this.filled = false;
      say((error as Error).message, "error");
    }
  }

  private offer(name: string, choices: string[]): void {
    const field = this.field(name) as HTMLSelectElement;
    const chosen = field.value;
    const all = field.options[0] as HTMLOptionElement;
    field.replaceChildren(all, ...choices.map((one) => el("option", { value: one }, one)));
    field.value = choices.includes(chosen) ? chosen : "";
  }

  private values(): Partial<State> {
    const number = (name: string) => {
      const text = this.field(name).value;
      return text === "" || !(Number(text) >= 0) ? null : Number(text);
    };
    const [folder, label, text] = [this.field("folder").value, this.field("label").value, this.field("text").value.trim()];
    return { folder, label, text, min: number("min"), max: number("max"), ranges: this.ranges() };
  }

  private ranges(): Ranges {
    const end = (name: string) => {
      const text = this.field(name).value;
      return text === "" || !Number.isFinite(Number(text)) ? null : Number(text);
    };
    const all = this.filtered().map((name): [string, Range] => [name, [end(`min:${name}`), end(`max:${name}`)]]);
    return Object.fromEntries(all.filter(([, range]) => isRange(range)));
  }

  private filtered(): string[] {
    return this.measured.filter((column) => column.is_filter).map((column) => column.name);
  }

  private field(name: string): HTMLInputElement | HTMLSelectElement {
    return this.form.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
  }
}
