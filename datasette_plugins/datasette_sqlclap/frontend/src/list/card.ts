/** The card of one sound: outline, facts, tags, neighbours. */

import type { Reads } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { el } from "../page/elements.ts";
import type { Player } from "../player/player.ts";
import { measureList, type Measured } from "../query/measures.ts";
import { annotationDownload } from "./annotation_download.ts";
import { metadataList } from "./metadata_list.ts";
import { RowListing } from "./listings.ts";
import { SoundList, type ListContext, type SoundListHandlers } from "./sound_list.ts";
import { decibels, fileName, folderName, seconds } from "../page/show.ts";
import { bindScrub, tellPlace } from "../player/scrub.ts";
import { drawOutline } from "../player/waveform.ts";

/** A sound with all that is told of it. */
type Sample = Reads["sample/ID"];

const NEIGHBOURS = 10;
const NONE: ReadonlySet<number> = new Set();

export interface CardHandlers extends SoundListHandlers {
  close(): void;
  similar(sampleId: number): void;
  /** The sound becomes a term of the query; below 0, what is not wanted. */
  compose(sampleId: number, weight: number): void;
  toggle(sampleId: number): void;
  /** The sound is to become a label's example. */
  label(): void;
  /** Its file is to be shown in the file manager; only on the machine that it lies on. */
  reveal?(sampleId: number): void;
}

export class Card {
  private peaks: Int8Array | null = null;
  private canvas: HTMLCanvasElement | null = null;
  sample: Sample | null = null;
  private opening = 0;
  private readonly api: Api;
  private readonly neighbourBox = el("div", { class: "neighbours" });
  /** Why there are none: silence is like nothing. */
  private readonly alone = el("p", { class: "hint" });
  private readonly neighbours: SoundList;

  constructor(
    private readonly box: HTMLElement,
    private readonly context: ListContext,
    private readonly player: Player,
    private readonly measured: Measured[],
    private readonly handlers: CardHandlers,
  ) {
    this.api = context.api;
    this.neighbours = new SoundList(this.neighbourBox, "Sounds like it", context, handlers, { rows: NEIGHBOURS });
    player.addEventListener("change", () => this.draw());
    player.addEventListener("failed", () => this.note(this.sample?.note?.startsWith("no audio") ? `This sound can't be played: ${this.sample.note}.` : "This sound can't be played: its file is gone or damaged."));
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
    void Promise.allSettled([this.outline(sample), this.showNeighbours(sample)]);
    return sample;
  }

  close(): void {
    this.opening += 1;
    this.sample = null;
    this.box.hidden = true;
    this.box.replaceChildren();
  }

  private parts(sample: Sample): HTMLElement[] {
    const slider = { role: "slider", tabIndex: 0, "aria-label": "Waveform: drag, or use arrows, to play from there", "aria-valuemin": "0", "aria-valuemax": "1" };
    this.canvas = el("canvas", { class: "outline", ...slider });
    tellPlace(this.canvas, 0, sample.duration_s ?? 0);
    bindScrub(this.canvas, {
      share: () => (this.player.track?.id === sample.sample_id ? this.player.share : 0),
      seconds: () => sample.duration_s ?? 0,
      to: (share) => this.player.playFrom({ id: sample.sample_id, name: sample.path }, share * (sample.duration_s ?? 0)),
    });
    const head = el(
      "header",
      {},
      el("h2", { draggable: true, title: sample.path, ondragstart: (event: DragEvent) => this.context.exporter.carry(event, sample, NONE) }, fileName(sample.path)),
      el("button", { type: "button", class: "close", "aria-label": "Close", textContent: "×", onclick: () => this.handlers.close() }),
    );
    // What came as a vector alone says so in its note.
    const tells = sample.playable || sample.note?.startsWith("no audio");
    const note = tells ? sample.note : "The file is gone from its folder; what is known of it stays.";
    return [
      head,
      el("p", { class: "folder" }, folderName(sample.path)),
      this.canvas,
      el("p", { class: "facts" }, facts(sample)),
      el("details", {}, el("summary", {}, "Measured"), measureList(this.measured, sample)),
      metadataList(sample.metadata),
      el("p", { class: "note", hidden: !note }, note ?? ""),
      this.marks(sample),
      this.context.keeping.part(sample.sample_id),
      this.buttons(sample),
      ...(this.api.readsLabels ? [annotationDownload(this.api, { sample: sample.sample_id })] : []),
      el("h3", {}, "Sounds like it"),
      this.alone,
      this.neighbourBox,
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
      ...(this.handlers.reveal && sample.playable ? [button("Show file", () => this.handlers.reveal?.(sample.sample_id))] : []),
    );
  }

  private async outline(sample: Sample): Promise<void> {
    const peaks = new Int8Array(await this.api.bytes(`sample/${sample.sample_id}/peaks`));
    if (this.sample !== sample) return;
    this.peaks = peaks;
    this.draw();
  }

  private async showNeighbours(sample: Sample): Promise<void> {
    this.alone.textContent = "";
    await this.neighbours.show(new RowListing(this.api, []));
    try {
      const { matches } = await this.api.get("api/similar", { sample: sample.sample_id, n: NEIGHBOURS });
      if (this.sample === sample) await this.neighbours.show(new RowListing(this.api, matches));
    } catch (error) {
      if (this.sample === sample) this.alone.textContent = (error as Error).message;
    }
  }

  /** Marks the sound in hand among those like it. */
  mark(id: number | null): void {
    if (this.sample) this.neighbours.mark(id);
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
    sample.peak_db !== null ? `peak ${decibels(sample.peak_db)} dB` : "",
    sample.heard_share !== null && sample.heard_share < 0.5 ? `the model hears ${(100 * sample.heard_share).toFixed(0)} % of it` : "",
    pitched ? `${(sample.pitch_hz as number).toFixed(0)} Hz` : "",
  ]
    .filter(Boolean)
    .map((fact) => fact.replace(/ /g, "\u00a0").replace("-", "\u2212"))
    .join(" · ");
}
