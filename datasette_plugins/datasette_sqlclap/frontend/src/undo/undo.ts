/** Undo on a page: the keys, the toast after each change, and the list of all that was done. */

import type { Change } from "../api/answers.ts";
import type { Api, Written } from "../api/api.ts";
import { byId, el, say, whisper } from "../page/elements.ts";
import { UNDO_KEYS, chordOf, targetOf } from "../page/keyboard.ts";
import { UndoStack, type Turned } from "./undo_stack.ts";

const KEPT = "sqlclap-changes";
const TOAST_MS = 8000;
/** Who waits for longer is told what for. */
const SLOW_MS = 400;

export class Undo {
  readonly stack: UndoStack;
  private readonly toast = byId("undo-toast");
  private readonly dialog = byId<HTMLDialogElement>("history");
  private hiding = 0;

  constructor(
    private readonly api: Api,
    mayWrite: boolean,
  ) {
    const turn = async (path: "api/history/undo" | "api/history/redo", change_id: number) => (await api.post(path, { change_id })).change;
    this.stack = new UndoStack({ undo: (id) => turn("api/history/undo", id), redo: (id) => turn("api/history/redo", id) }, memory());
    this.stack.onTurn(({ id }) => {
      for (const button of document.querySelectorAll(`[data-change="${id}"]`)) button.replaceWith("(undone)");
    });
    api.written = (change) => this.wrote(change);
    byId("show-history").hidden = !mayWrite;
    if (!mayWrite) return;
    byId("show-history").addEventListener("click", () => void this.open());
    document.addEventListener("keydown", (event) => this.key(event));
    const known = api.get("api/history").then(
      ({ changes }) => this.stack.restore(changes),
      (error: Error) => say(error.message, "error"),
    );
    this.stack.waitFor(known);
  }

  /** Calls for each change that is undone or done again: what the page shows is others now. */
  onTurn(listener: (turned: Turned) => void): void {
    this.stack.onTurn(listener);
  }

  /** A button that undoes a change, to stand beside what it did. */
  button(change: Written | null): HTMLElement {
    return el("button", { type: "button", hidden: !change, dataset: { change: String(change?.change_id) }, onclick: () => void this.undo(change?.change_id) }, "Undo");
  }

  /** Undoes a change, by itself the last one; tells whether it was. */
  async undo(id?: number): Promise<boolean> {
    this.stack.waitFor(this.writing());
    return this.turned(this.stack.undo(id), "Undone", "Nothing to undo");
  }

  async redo(id?: number): Promise<boolean> {
    this.stack.waitFor(this.writing());
    return this.turned(this.stack.redo(id), "Done again", "Nothing to do again");
  }

  /** What is on its way to the library goes first: it may be what is meant, or be about the same. */
  private async writing(): Promise<void> {
    const told = window.setTimeout(() => say("Something is still being written: it is undone after that"), SLOW_MS);
    await this.api.settled();
    window.clearTimeout(told);
  }

  private async turned(turning: Promise<Change | null>, verb: string, nothing: string): Promise<boolean> {
    this.hide();
    try {
      const change = await turning;
      say(change ? `${verb}: ${change.what}` : nothing);
      return change !== null;
    } catch (error) {
      say((error as Error).message, "error");
      return false;
    }
  }

  private wrote(change: Written): void {
    this.stack.push(change);
    this.toast.replaceChildren(el("span", {}, change.what), this.button(change));
    this.toast.hidden = false;
    whisper(change.what);
    window.clearTimeout(this.hiding);
    this.hiding = window.setTimeout(() => this.hide(), TOAST_MS);
  }

  private hide(): void {
    this.toast.hidden = true;
  }

  private key(event: KeyboardEvent): void {
    const command = chordOf(UNDO_KEYS, event, targetOf(event));
    if (!command) return;
    event.preventDefault();
    void (command === "undo" ? this.undo() : this.redo());
  }

  private async open(): Promise<void> {
    await this.list();
    if (!this.dialog.open) this.dialog.showModal();
  }

  private async list(): Promise<void> {
    try {
      const { changes } = await this.api.get("api/history");
      const rows = changes.map((one) => this.row(one));
      byId("changes").replaceChildren(...(rows.length ? rows : [el("li", { class: "note" }, "Nothing has been done yet since the server was started.")]));
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private row(change: Change): HTMLLIElement {
    const when = new Date(change.done_at).toLocaleTimeString();
    const whose = this.stack.owns(change.change_id) || change.undone ? "" : " · elsewhere";
    const turn = async () => {
      await (change.undone ? this.redo(change.change_id) : this.undo(change.change_id));
      await this.list();
    };
    const name = change.undone ? "Redo" : "Undo";
    return el(
      "li",
      { class: change.undone ? "undone" : "" },
      el("span", { class: "what" }, el("span", { class: "file" }, change.what), el("span", { class: "folder" }, `${when}${whose}${change.undone ? " · undone" : ""}`)),
      el("button", { type: "button", "aria-label": `${name}: ${change.what}`, onclick: () => void turn() }, name),
    );
  }
}

function memory(): { read(): number[]; write(ids: number[]): void } {
  return {
    read: () => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]") as number[],
    write: (ids) => sessionStorage.setItem(KEPT, JSON.stringify(ids.slice(-500))),
  };
}
