/** Files that could not be taken in, and why: told to who sits at this machine. */

import type { FailuresAnswer } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { el, say } from "./elements.ts";
import { missingText } from "./missing.ts";
import { count } from "./show.ts";

const MOST_SHOWN = 500;

export class Failures {
  private readonly summary = el("summary", {});
  private readonly list = el("ul", { class: "failures" });
  readonly box = el("details", { hidden: true }, this.summary, this.list);

  constructor(
    private readonly api: Api,
    readonly seesPaths: boolean,
  ) {
    this.look();
  }

  /** Asks which there are by now. */
  look(): void {
    if (!this.seesPaths) return;
    this.api.get("api/failures").then(
      (found) => this.show(found),
      (error: Error) => say(error.message, "error"),
    );
  }

  private show({ failures, missing }: FailuresAnswer): void {
    this.box.hidden = !failures.length;
    this.summary.textContent = `${count(failures.length, "file")} could not be taken in`;
    const rows = failures.slice(0, MOST_SHOWN).map((one) => el("li", {}, el("span", { class: "file" }, one.path), el("span", { class: "folder" }, `${one.stage}: ${one.reason}`)));
    const rest = failures.length - rows.length;
    const notes = [rest > 0 ? `and ${rest.toLocaleString("en")} more` : "", missingText(missing)].filter(Boolean);
    this.list.replaceChildren(...rows, ...notes.map((one) => el("li", { class: "note" }, one)));
  }
}
