/** The card of one sound: outline, facts, tags, neighbours. */

import type { Reads } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { el } from "../page/elements.ts";
import type { Player } from "../player/player.ts";
import { measureList, type Measured } from "../query/measures.ts";
import { annotationDownload } from "./annotation_download.ts";
import { metadataList } from "./metadata_list.ts";
import { carry, resultList, type ListHandlers } from "./results.ts";
import { fileName, folderName, seconds } from "../page/show.ts";
import { drawOutline } from "../player/waveform.ts";

/** A sound with all that is told of it. */
type Sample = Reads["sample/ID"];

export interface CardHandlers extends ListHandlers {
  close(): void;
  similar(sampleId: number): void;
  /** The sound becomes a term of the query; below 0, what is not wanted. */
  compose(sampleId: number, weight: number): void;
  toggle(sampleId: number): void;
  /** The sound is to become a label's example. */
  label(): void;
}

export class Card {
  private peaks: Int8Array | null = null;
  private canvas: HTMLCanvasElement | null = null;
  sample: Sample | null = null;
  private opening = 0;

  constructor(
    private readonly box: HTMLElement,
    private readonly api: Api,
    private readonly player: Player,
    private readonly measured: Measured[],
    private readonly handlers: CardHandlers,
  ) {
    player.addEventListener("change", () => this.draw());
    player.addEventListener("failed", () => this.note("This sound can't be played: its file is gone or damaged."));
    new ResizeObserver(() => this.draw()).observe(box);
  }

  /** Opens a sound's card; null where another one, or none, has been asked for since. */
  async open(sampleId: number): Promise<Sample | null> {
    const turn = (this.opening += 1);
    const sample = await this.api.sample(sampleId);
    if (turn !== this.opening) return null;
    this.sample = sample;
    this.peaks = null;
    this.box.hidden = false;
    this.box.dataset["sample"] = String(sampleId);
    this.box.replaceChildren(...this.parts(sample));
    void Promise.allSettled([this.outline(sample), this.neighbours(sample)]);
    return sample;
  }

  close(): void {
    this.opening += 1;
    this.sample = null;
    this.box.hidden = true;
    this.box.replaceChildren();
  }

  private parts(sample: Sample): HTMLElement[] {
    this.canvas = el("canvas", { class: "outline", role: "img", "aria-label": "Waveform; click to play from there" });
    this.canvas.addEventListener("click", (event) => this.seek(event, sample));
    const head = el(
      "header",
      {},
      el("h2", { draggable: true, title: sample.path, ondragstart: (event: DragEvent) => carry(event, sample, this.api) }, fileName(sample.path)),
      el("button", { type: "button", class: "close", "aria-label": "Close", textContent: "×", onclick: () => this.handlers.close() }),
    );
    const note = sample.playable ? sample.note : "The file is gone from its folder; what is known of it stays.";
    return [
      head,
      el("p", { class: "folder" }, folderName(sample.path)),
      this.canvas,
      el("p", { class: "facts" }, facts(sample)),
      el("details", {}, el("summary", {}, "Measured"), measureList(this.measured, sample)),
      metadataList(sample.metadata),
      el("p", { class: "note", hidden: !note }, note ?? ""),
      this.marks(sample),
      this.buttons(sample),
      ...(this.api.readsLabels ? [annotationDownload(this.api, { sample: sample.sample_id })] : []),
      el("h3", {}, "Sounds like it"),
      el("div", { class: "neighbours" }),
    ];
  }

  private marks(sample: Sample): HTMLElement {
    const list = el("ul", { class: "tags", "aria-label": "Tags and anchors" });
    for (const tag of sample.tags) {
      const how = tag.confidence === "hand" ? "by hand" : tag.confidence;
      list.append(el("li", { title: tag.score === null ? how : `${how}, ${tag.score.toFixed(3)}` }, tag.label));
    }
    for (const anchor of sample.anchor_of) {
      list.append(el("li", { class: "anchor" }, `${anchor.polarity === "negative" ? "not " : ""}${anchor.label} (anchor)`));
    }
    return list;
  }

  private buttons(sample: Sample): HTMLElement {
    const track = { id: sample.sample_id, name: sample.path };
    const button = (text: string, run: () => void) => el("button", { type: "button", onclick: run }, text);
    return el(
      "p",
      { class: "row doing" },
      button("Play", () => this.player.play(track)),
      button("Similar", () => this.handlers.similar(sample.sample_id)),
      button("More like this", () => this.handlers.compose(sample.sample_id, 1)),
      button("Less like this", () => this.handlers.compose(sample.sample_id, -1)),
      button("Select", () => this.handlers.toggle(sample.sample_id)),
      button("Example of…", () => this.handlers.label()),
      el("a", { class: "button", href: `spectrogram#sample=${sample.sample_id}` }, "Spectrogram"),
    );
  }

  private async outline(sample: Sample): Promise<void> {
    const peaks = new Int8Array(await this.api.bytes(`sample/${sample.sample_id}/peaks`));
    if (this.sample !== sample) return;
    this.peaks = peaks;
    this.draw();
  }

  private async neighbours(sample: Sample): Promise<void> {
    const { matches } = await this.api.get("api/similar", { sample: sample.sample_id, n: 10 });
    if (this.sample !== sample) return;
    this.box.querySelector(".neighbours")?.replaceChildren(resultList(matches, this.api, this.handlers));
  }

  private seek(event: MouseEvent, sample: Sample): void {
    const share = event.offsetX / (this.canvas?.clientWidth || 1);
    if (this.player.track?.id === sample.sample_id) this.player.seek(share);
    else this.player.play({ id: sample.sample_id, name: sample.path });
  }

  private draw(): void {
    if (!this.canvas || !this.peaks || this.box.hidden) return;
    const share = this.player.track?.id === this.sample?.sample_id ? this.player.share : 0;
    drawOutline(this.canvas, this.peaks, share);
  }

  private note(text: string): void {
    const note = this.box.querySelector<HTMLElement>(".note");
    if (!note || this.player.track?.id !== this.sample?.sample_id) return;
    note.hidden = false;
    note.textContent = text;
  }
}

function facts(sample: Sample): string {
  const pitched = sample.pitch_hz !== null && (sample.pitch_confidence ?? 0) > 0.6;
  return [
    seconds(sample.duration_s),
    sample.sample_rate ? `${(sample.sample_rate / 1000).toFixed(1)} kHz` : "",
    sample.channels ? (sample.channels === 1 ? "mono" : `${sample.channels} channels`) : "",
    sample.format ?? "",
    sample.peak_db !== null ? `peak ${sample.peak_db.toFixed(1)} dB` : "",
    sample.heard_share !== null && sample.heard_share < 0.5 ? `the model hears ${(100 * sample.heard_share).toFixed(0)} % of it` : "",
    pitched ? `${(sample.pitch_hz as number).toFixed(0)} Hz` : "",
  ]
    .filter(Boolean)
    .map((fact) => fact.replace(/ /g, "\u00a0").replace("-", "\u2212"))
    .join(" · ");
}
