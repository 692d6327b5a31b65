/** Search by words, or by a sound: chosen, or dropped anywhere on the page. */

import { byId } from "../page/elements.ts";

export interface Searches {
  words(words: string): void;
  file(file: File): void;
}

export class SearchBox {
  private readonly field = byId<HTMLInputElement>("words");

  constructor(searches: Searches) {
    byId<HTMLFormElement>("search").addEventListener("submit", (event) => {
      event.preventDefault();
      searches.words(this.field.value);
    });
    // The cross in a search field gives this event, and nothing else does with an empty field.
    this.field.addEventListener("search", () => this.field.value === "" && searches.words(""));
    const chosen = byId<HTMLInputElement>("file");
    chosen.addEventListener("change", () => {
      const file = chosen.files?.[0];
      if (file) searches.file(file);
      chosen.value = "";
    });
    this.dropping(searches);
  }

  set words(words: string) {
    this.field.value = words;
  }

  focus(): void {
    this.field.focus();
    this.field.select();
  }

  private dropping(searches: Searches): void {
    const shade = byId("drop");
    const holdsFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    addEventListener("dragover", (event) => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      shade.hidden = false;
    });
    addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) shade.hidden = true;
    });
    addEventListener("drop", (event) => {
      shade.hidden = true;
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      searches.file(file);
    });
  }
}
