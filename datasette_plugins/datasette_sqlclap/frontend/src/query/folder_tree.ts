/** The folders of the library, opened one after the other, with how many sounds lie in each. */

import type { FolderBelow } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { el, say } from "../page/elements.ts";

export class FolderTree {
  private chosen = "";
  private isFilled = false;

  constructor(
    private readonly box: HTMLElement,
    private readonly api: Api,
    private readonly samples: number,
    private readonly changed: (folder: string) => void,
  ) {
    this.box.addEventListener("keydown", (event) => this.key(event));
  }

  /** Shows the topmost folders, once. */
  async fill(): Promise<void> {
    if (this.isFilled) return;
    this.isFilled = true;
    try {
      const { folders } = await this.api.get("api/folders");
      const all = el("li", {}, this.chooser("", "All folders", this.samples));
      this.box.replaceChildren(el("ul", {}, all, ...folders.map((one) => this.item(one))));
      this.mark();
    } catch (error) {
      this.isFilled = false;
      say((error as Error).message, "error");
    }
  }

  /** Marks the folder that is chosen, and opens those that it lies in. */
  async show(folder: string): Promise<void> {
    this.chosen = folder;
    if (!this.isFilled) return;
    for (let at = folder.indexOf("/"); at > 0; at = folder.indexOf("/", at + 1)) {
      await this.open(this.itemOf(folder.slice(0, at)), true);
    }
    this.mark();
  }

  private item(folder: FolderBelow): HTMLLIElement {
    const opener = el("button", {
      type: "button", class: "opener", "aria-expanded": "false", "aria-label": `Open ${folder.name}`, textContent: "▸",
      onclick: (event: Event) => void this.open((event.currentTarget as HTMLElement).closest("li")),
    });
    return el("li", { dataset: { folder: folder.path } }, folder.has_folders ? opener : el("span", { class: "opener" }), this.chooser(folder.path, folder.name, folder.samples));
  }

  private chooser(path: string, name: string, samples: number): HTMLButtonElement {
    return el(
      "button",
      { type: "button", class: "folder-name", title: path, dataset: { choose: path }, onclick: () => this.changed(path === this.chosen ? "" : path) },
      el("span", { class: "name" }, name),
      el("small", {}, samples.toLocaleString("en")),
    );
  }

  private itemOf(path: string): HTMLElement | null {
    return this.box.querySelector<HTMLElement>(`li[data-folder="${CSS.escape(path)}"]`);
  }

  /** Opens a folder, or closes it. */
  private async open(item: HTMLElement | null, stays = false): Promise<void> {
    const opener = item?.querySelector<HTMLElement>(":scope > button.opener");
    if (!item || !opener) return;
    const isOpen = opener.getAttribute("aria-expanded") === "true";
    if (isOpen && stays) return;
    opener.setAttribute("aria-expanded", String(!isOpen));
    const below = item.querySelector<HTMLElement>(":scope > ul");
    if (below) {
      below.hidden = isOpen;
      return;
    }
    if (isOpen) return; // what lies below is on its way, and comes closed
    try {
      const { folders } = await this.api.get("api/folders", { below: item.dataset["folder"] ?? "" });
      if (item.querySelector(":scope > ul")) return;
      item.append(el("ul", { hidden: opener.getAttribute("aria-expanded") !== "true" }, ...folders.map((one) => this.item(one))));
      this.mark();
    } catch (error) {
      opener.setAttribute("aria-expanded", "false");
      say((error as Error).message, "error");
    }
  }

  private mark(): void {
    for (const button of this.box.querySelectorAll<HTMLElement>("[data-choose]")) {
      button.setAttribute("aria-pressed", String(button.dataset["choose"] === this.chosen));
    }
  }

  /** Up and down from folder to folder, right opens, left closes. */
  private key(event: KeyboardEvent): void {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const item = (event.target as HTMLElement).closest("li");
    const isOpen = item?.querySelector(":scope > .opener")?.getAttribute("aria-expanded") === "true";
    if (by !== undefined) {
      const shown = [...this.box.querySelectorAll<HTMLElement>("[data-choose]")].filter((one) => one.offsetParent);
      const own = item?.querySelector<HTMLElement>(":scope > [data-choose]");
      shown[own ? shown.indexOf(own) + by : 0]?.focus();
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      if (isOpen === (event.key === "ArrowLeft")) void this.open(item);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
