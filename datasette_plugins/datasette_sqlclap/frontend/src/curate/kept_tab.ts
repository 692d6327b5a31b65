/** The tab "Kept": favourites, ratings, notes, what was used of late, and the collections. */

import type { Collection, KeptSample } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { byId, el, redraw, say } from "../page/elements.ts";
import { count, longTime } from "../page/show.ts";
import type { Subject } from "../label/examples.ts";
import type { Tab } from "../page/tabs.ts";
import type { Keeping } from "./keeping.ts";
import { parseShelf, shelfOf, shelfTitle, type Shelf } from "./shelf.ts";

export interface KeptTabHandlers {
  /** What would be put into a collection now: the selected sounds, else the one in hand. */
  subject(): Subject | null;
  /** Sounds are to be listed, and lit on the map. */
  list(where: string, ids: Promise<number[]>, tools: HTMLElement[]): Promise<void>;
  /** A list is to be shown, and the address to name it. */
  open(shelf: string): void;
  /** The list that is shown is of a collection that is gone. */
  gone(): void;
}

const LISTS: Record<string, string> = { favourites: "♥", ratings: "★", notes: "✎", recent: "↺" };

export class KeptTab {
  private readonly box = byId("kept");
  private turn = 0;

  constructor(
    private readonly api: Api,
    private readonly keeping: Keeping,
    private readonly handlers: KeptTabHandlers,
  ) {
    byId("tab-kept").hidden = !keeping.readable;
  }

  /** Another tab is shown, or what is kept has changed. */
  turnedTo(tab: Tab): void {
    if (tab === "kept") void this.show();
  }

  /** Shows what collections there are; only the last answer counts. */
  async show(): Promise<void> {
    const turn = (this.turn += 1);
    try {
      const { collections } = await this.api.get("api/collections");
      if (turn === this.turn) this.draw(collections);
    } catch (error) {
      if (turn === this.turn) this.box.replaceChildren(el("p", { class: "note" }, (error as Error).message));
    }
  }

  /** Other sounds are selected, or another one is in hand. */
  offer(): void {
    const making = this.box.querySelector<HTMLElement>(".new-collection button");
    if (making) making.textContent = this.making;
    for (const button of this.box.querySelectorAll<HTMLButtonElement>(".put-in")) this.offerOn(button);
  }

  /** Lists what an address names. */
  async list(text: string): Promise<void> {
    const shelf = parseShelf(text);
    if (!shelf) return;
    const tools = shelf.kind === "collection" && this.keeping.writable ? [this.takingOut(shelf.name)] : [];
    await this.handlers.list(` in ${shelfTitle(shelf)}`, this.samples(shelf).then((samples) => samples.map((one) => one.sample_id)), tools);
  }

  private async samples(shelf: Shelf): Promise<KeptSample[]> {
    if (shelf.kind === "recent") await this.keeping.tellUses();
    if (shelf.kind === "collection") return (await this.api.get("api/collections/sounds", { name: shelf.name })).samples;
    return (await this.api.get(`api/${shelf.kind}`)).samples;
  }

  private draw(collections: Collection[]): void {
    const lists = Object.entries(LISTS).map(([name, sign]) => {
      const shelf = parseShelf(name);
      return shelf && this.opening(shelf, el("span", { class: "sign", "aria-hidden": "true" }, sign));
    });
    redraw(this.box, "input[name=name]", () => this.box.replaceChildren(
      el("h2", {}, "Kept"),
      el("ul", { class: "shelves" }, ...lists.map((one) => el("li", {}, one))),
      el("h3", {}, "Collections"),
      ...(collections.length ? [el("ul", { class: "shelves", "aria-label": "Collections" }, ...collections.map((one) => this.row(one)))] : []),
      el("p", { class: "hint", hidden: collections.length > 0 }, "Sounds that belong together: for a track, a client, a species."),
      ...(this.keeping.writable ? [this.newCollection()] : []),
    ));
  }

  private opening(shelf: Shelf, sign: HTMLElement | null, facts = ""): HTMLElement {
    const told = el("span", { class: "what" }, el("span", { class: "file" }, shelfTitle(shelf)), el("span", { class: "folder", hidden: !facts }, facts));
    return el("button", { type: "button", class: "opening", onclick: () => this.handlers.open(shelfOf(shelf)) }, sign, told);
  }

  private row(collection: Collection): HTMLElement {
    const { name, sounds, duration_s } = collection;
    const facts = `${count(sounds, "sound")}${sounds ? ` · ${longTime(duration_s)}` : ""}`;
    const item = el("li", {}, this.opening({ kind: "collection", name }, null, facts));
    if (!this.keeping.writable) return item;
    const tool = (text: string, title: string, run: () => void, kind = "") =>
      el("button", { type: "button", class: `close ${kind}`, title, "aria-label": title, onclick: run }, text);
    const putIn = tool("+", "", () => void this.putIn(name), "put-in");
    putIn.dataset["name"] = name;
    this.offerOn(putIn);
    item.append(
      putIn,
      tool("✎", `Rename ${name}`, () => this.renaming(item, name)),
      tool("×", `Delete ${name}; its sounds stay`, () => void this.write(() => this.api.post("api/collections/delete", { name }), true)),
    );
    return item;
  }

  private offerOn(button: HTMLButtonElement): void {
    const subject = this.handlers.subject();
    const title = subject ? `Add ${subject.text} to ${button.dataset["name"]}` : "Select sounds to add them";
    button.disabled = !subject;
    button.title = title;
    button.setAttribute("aria-label", title);
  }

  private get making(): string {
    const subject = this.handlers.subject();
    return subject ? `Make it of ${subject.text}` : "Make it";
  }

  private newCollection(): HTMLElement {
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const form = event.target as HTMLFormElement;
      const name = String(new FormData(form).get("name")).trim();
      if (name) void this.putIn(name, form);
    };
    return el(
      "form",
      { class: "row new-collection", onsubmit: submit },
      el("input", { name: "name", required: true, maxLength: 200, autocomplete: "off", "aria-label": "Name of a new collection", placeholder: "New collection…" }),
      el("button", { class: "primary" }, this.making),
    );
  }

  private renaming(item: HTMLElement, name: string): void {
    this.turn += 1; // an answer that is on its way would take the field away
    const field = el("input", { name: "new", required: true, maxLength: 200, value: name, "aria-label": `New name of ${name}` });
    const submit = (event: SubmitEvent) => {
      event.preventDefault();
      const now = field.value.trim();
      if (now === name) void this.show();
      else if (now) void this.write(() => this.api.post("api/collections/rename", { name, new: now }), true);
    };
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      void this.show();
    });
    item.replaceChildren(el("form", { class: "row", onsubmit: submit }, field, el("button", {}, "Rename")));
    field.select();
  }

  private async putIn(name: string, form?: HTMLFormElement): Promise<void> {
    const ids = this.handlers.subject()?.ids;
    await this.write(async () => {
      await this.api.post("api/collections", ids ? { name, sample_ids: ids } : { name });
      form?.reset(); // before it is drawn anew with what was typed
    });
    this.keeping.sounds.forget(ids);
  }

  private takingOut(name: string): HTMLElement {
    const run = async () => {
      const ids = this.handlers.subject()?.ids;
      if (!ids) return say("Select the sounds that are to go");
      await this.write(() => this.api.post("api/collections/remove", { name, sample_ids: ids }));
      this.keeping.sounds.forget(ids);
      await this.list(shelfOf({ kind: "collection", name }));
    };
    const title = "The selected sounds, else the one in hand";
    return el("button", { type: "button", title, onclick: () => void run() }, "Take out of it");
  }

  private async write(work: () => Promise<unknown>, renames = false): Promise<void> {
    try {
      await work();
      if (renames) this.handlers.gone();
    } catch (error) {
      say((error as Error).message, "error");
    }
    await this.show();
  }
}
