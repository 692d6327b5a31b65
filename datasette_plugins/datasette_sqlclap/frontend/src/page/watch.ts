/** Notices that the library has another map than the one on the page, and offers to reload. */

import type { Api } from "../api/api.ts";
import { byId, say } from "./elements.ts";

const EVERY_MS = 60_000;

export class Watch {
  private looking: Promise<void> | null = null;

  constructor(
    private readonly api: Api,
    private readonly version: () => string | null,
  ) {}

  start(): void {
    byId("reload").addEventListener("click", () => location.reload());
    const look = () => void this.look();
    addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
    window.setInterval(look, EVERY_MS);
  }

  /** Asks which map is in force; a page that nobody looks at doesn't. */
  look(): Promise<void> {
    if (document.hidden || !byId("changed").hidden) return Promise.resolve();
    this.looking ??= this.ask().finally(() => (this.looking = null));
    return this.looking;
  }

  show(): void {
    const text = this.version() ? "The map has changed." : "There is a map now.";
    byId("changed").hidden = false;
    byId("changed-text").textContent = text;
    say(`${text} Reload to see it.`);
  }

  private async ask(): Promise<void> {
    try {
      if (await this.api.differs("api/points", this.version())) this.show();
    } catch {
      // The server is away for a moment: what one asks for next will say so.
    }
  }
}
