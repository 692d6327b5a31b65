/** A label's examples, or what it is not: listed, heard, and taken away. */

import type { Anchor } from "../api/answers.ts";
import { el } from "../page/elements.ts";
import { RowListing } from "../list/listings.ts";
import { SoundList, type ListContext, type SoundListHandlers } from "../list/sound_list.ts";

/** So many are in sight; the others are scrolled to. */
const ROWS = 5;

export class Examples {
  private readonly summary = el("summary", {});
  private readonly rows = el("div", {});
  readonly box = el("details", { class: "examples", open: true }, this.summary, this.rows);
  readonly list: SoundList;

  constructor(
    private readonly title: string,
    private readonly context: ListContext,
    handlers: SoundListHandlers,
  ) {
    this.list = new SoundList(this.rows, title, context, handlers, { rows: ROWS });
    this.show([]);
  }

  show(anchors: readonly Anchor[]): void {
    this.summary.textContent = `${this.title} (${anchors.length})`;
    this.box.hidden = !anchors.length;
    void this.list.show(new RowListing(this.context.api, anchors.map((one) => ({ ...one, path: one.path ?? "(a sound that is gone)" }))));
  }
}
