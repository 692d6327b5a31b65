/** Search by words, by a sound that is chosen or dropped anywhere on the page, or by a recording. */

import { byId, say } from "../page/elements.ts";
import { Recorder } from "./recorder.ts";

/** What is given to the page: a query of its own, or one more term. */
export type How = "alone" | "added";

export interface Searches {
  words(words: string): void;
  sound(sound: Blob, name: string, isRecording: boolean, how: How): void;
  /** Whether there is a query that something can be added to. */
  isAsking(): boolean;
}

export class SearchBox {
  private readonly field = byId<HTMLInputElement>("words");
  private readonly recorder = new Recorder();

  constructor(private readonly searches: Searches) {
    byId<HTMLFormElement>("search").addEventListener("submit", (event) => {
      event.preventDefault();
      searches.words(this.field.value);
    });
    // The cross in a search field gives this event, and nothing else does with an empty field.
    this.field.addEventListener("search", () => this.field.value === "" && searches.words(""));
    this.choosing("file", "alone");
    this.choosing("add-file", "added");
    this.recording("record", "alone");
    this.recording("add-record", "added");
    this.dropping();
  }

  set words(words: string) {
    this.field.value = words;
  }

  focus(): void {
    this.field.focus();
    this.field.select();
  }

  private choosing(id: string, how: How): void {
    const chosen = byId<HTMLInputElement>(id);
    chosen.addEventListener("change", () => {
      const file = chosen.files?.[0];
      if (file) this.searches.sound(file, file.name, false, how);
      chosen.value = "";
    });
  }

  private recording(id: string, how: How): void {
    const button = byId<HTMLButtonElement>(id);
    const named = button.textContent;
    const shown = (isOn: boolean) => {
      button.textContent = isOn ? "Stop" : named;
      button.setAttribute("aria-pressed", String(isOn));
    };
    button.addEventListener("click", async () => {
      if (this.recorder.isRecording) return this.recorder.stop();
      try {
        const sound = await this.recorder.record(() => {
          shown(true);
          say("Recording: press Stop to search with it.");
        });
        const at = new Date().toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false });
        this.searches.sound(sound, `recording ${at}`, true, how);
      } catch (error) {
        say((error as Error).message, "error");
      } finally {
        shown(false);
      }
    });
  }

  /** With a query at hand, the right half of the page adds what is dropped to it. */
  private dropping(): void {
    const shade = byId("drop");
    const howOf = (event: DragEvent): How => (this.searches.isAsking() && event.clientX > innerWidth / 2 ? "added" : "alone");
    const holdsFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    addEventListener("dragover", (event) => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      shade.hidden = false;
      shade.dataset["how"] = howOf(event);
      shade.classList.toggle("halves", this.searches.isAsking());
    });
    addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) shade.hidden = true;
    });
    addEventListener("drop", (event) => {
      shade.hidden = true;
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      this.searches.sound(file, file.name, false, howOf(event));
    });
  }
}
