/** A sound as a picture: what lies where in it is seen, heard, searched by and labelled. */

import type { Reads } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import { byId, el, say, whisper } from "../page/elements.ts";
import { showKeys } from "../page/key_list.ts";
import { UNDO_KEYS, commandOf, isInDialog, targetOf } from "../page/keyboard.ts";
import { followTheme } from "../page/theme.ts";
import { bindVolume } from "../player/player_bar.ts";
import { Undo } from "../undo/undo.ts";
import { readPlace, writePlace, type Place } from "./address.ts";
import { secondsOfDay, timeText, type Scale } from "./axes.ts";
import { EventList } from "./event_list.ts";
import { followPointers, type Dragging } from "./gestures.ts";
import { Heading } from "./heading.ts";
import { SPECTROGRAM_KEYS } from "./keys.ts";
import { stepFrom, type Mark } from "./marks.ts";
import { SimilarList } from "./similar_list.ts";
import { SpanPanel } from "./span_panel.ts";
import { SpanPlayer } from "./span_player.ts";
import { LEFT, Stage, type Shown } from "./stage.ts";
import { TileStore, type Fetch } from "./tiles.ts";
import { Toolbar } from "./toolbar.ts";
import { around, between, clamped, following, panned, zoomed, type Grid, type Stretch } from "./view.ts";

type Told = Reads["sample/ID/spectrogram"];

const STEPS_ACROSS = 50;
const ZOOM = 1.6;

export class SpectrogramPage {
  private place: Place = readPlace(location.hash);
  private told: Told | null = null;
  private grid: Grid | null = null;
  private view: Stretch = { from: 0, to: 1 };
  private cursor = 0;
  /** Where a span was begun with the keys. */
  private held: number | null = null;
  private startedAtS: number | null = null;
  private readonly player: SpanPlayer;
  private readonly stage: Stage;
  private readonly overview: Stage;
  private readonly heading = new Heading();
  private readonly stores: TileStore[];
  private readonly toolbar: Toolbar;
  private readonly panel: SpanPanel;
  private readonly events: EventList;
  private readonly similar: SimilarList;
  private turn = 0;

  constructor(
    config: Config,
    private readonly api: Api,
  ) {
    const canvas = byId<HTMLCanvasElement>("picture");
    const store = () => new TileStore(this.fetch, () => this.redraw());
    this.stores = [store(), store()];
    this.stage = new Stage(canvas, this.stores[0] as TileStore);
    this.overview = new Stage(byId("overview"), this.stores[1] as TileStore, { bottom: 0, hasAxes: false });
    this.player = new SpanPlayer(api);
    this.toolbar = new Toolbar(byId("look"), (command) => this.run(command), () => this.looked());
    const undo = new Undo(api, config.mayLabel);
    undo.onTurn(() => void this.labelled());
    this.panel = new SpanPanel(byId("span"), api, undo, config, {
      changed: (span) => this.select(span, true),
      play: () => this.playSpan(),
      similar: () => this.search(),
      labelled: () => void this.labelled(),
    });
    this.events = new EventList(byId("marks"), byId("events"), (mark) => this.open(mark));
    this.similar = new SimilarList(byId("similar"), api, (sample, span) => this.goTo(sample, span));
    this.listen(canvas);
  }

  async start(): Promise<void> {
    followTheme(() => this.redraw());
    showKeys([...SPECTROGRAM_KEYS, ...UNDO_KEYS]);
    bindVolume(this.player);
    Object.assign(((window as unknown as { sqlclap?: object }).sqlclap ??= {}), { page: this });
    await this.offerLabels();
    await this.restore(readPlace(location.hash), true);
    document.body.dataset["ready"] = "yes";
  }

  /** For tests and the curious: what is in view, where the cursor is, what is selected. */
  get state(): { view: Stretch; cursor: number; span: Stretch | null; playing: boolean } {
    return { view: this.view, cursor: this.cursor, span: this.place.span, playing: this.player.playing };
  }

  private readonly fetch: Fetch = async (name, signal) => {
    const query = { n_fft: name.nFft, level: name.level, tile: name.tile, version: this.told?.version ?? "" };
    return new Uint8Array(await this.api.bytes(`sample/${this.place.sample}/spectrogram/tile`, query, signal));
  };

  private listen(canvas: HTMLCanvasElement): void {
    const to = (x: number) => this.stage.timeAt(x);
    const secondsOf = (pixels: number) => (pixels / this.stage.width) * (this.view.to - this.view.from);
    followPointers(
      canvas,
      {
        click: (x) => this.grid && this.hear(to(x)),
        select: (from, until, isDone) => this.grid && this.select(between(this.grid, to(from), to(until)), isDone),
        pan: (pixels) => this.grid && this.look(panned(this.grid, this.view, secondsOf(pixels))),
        zoom: (factor, x) => this.grid && this.look(zoomed(this.grid, this.view, factor, to(x))),
      },
      () => this.toolbar.dragging as Dragging,
    );
    const centre = (x: number) => this.grid && this.look(clamped(this.grid, moved(this.view, this.overview.timeAt(x))));
    const nothing = () => {};
    const overview = { click: centre, select: (_: number, x: number) => centre(x), pan: nothing, zoom: nothing };
    followPointers(byId("overview"), { ...overview, zoom: (factor) => this.zoom(factor) }, () => "select");
    canvas.addEventListener("drawn", (event) => this.tellTrouble((event as CustomEvent<string | null>).detail));
    byId("trouble-again").addEventListener("click", () => this.stores.forEach((store) => store.retry()));
    this.player.addEventListener("moved", () => this.follow());
    this.player.addEventListener("failed", (event) => say((event as CustomEvent<string>).detail, "error"));
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => void this.restore(readPlace(location.hash)));
    byId("what").addEventListener("submit", (event) => event.preventDefault());
    byId("what").addEventListener("change", () => void this.asked());
  }

  /** Brings the page to what the address says. */
  private async restore(place: Place, first = false): Promise<void> {
    if (!first && writePlace(place) === writePlace(this.place)) return;
    const other = first || place.sample !== this.place.sample;
    this.place = place;
    this.toolbar.scale = place.scale;
    if (other && !(await this.load())) return;
    if (!this.grid) return;
    const whole = { from: 0, to: this.grid.durationS };
    this.view = clamped(this.grid, place.view ?? (place.span ? around(this.grid, place.span) : whole));
    if (place.span) this.cursor = place.span.from;
    this.panel.show(place.span);
    this.fillForm();
    await this.refresh();
  }

  private async load(): Promise<boolean> {
    const turn = (this.turn += 1);
    const { sample } = this.place;
    this.player.pause();
    try {
      if (sample === null) throw new Error("No sound is named: choose one among the recordings or on the map.");
      const told = await this.api.ofSample("sample/ID/spectrogram", sample);
      if (turn !== this.turn) return false;
      this.take(told);
      return true;
    } catch (error) {
      if (turn !== this.turn) return false;
      this.grid = null;
      this.heading.lack((error as Error).message);
      return false;
    }
  }

  private take(told: Told): void {
    this.told = told;
    this.stores.forEach((store) => store.clear());
    [this.stage, this.overview].forEach((stage) => stage.forget());
    this.toolbar.offer(told);
    this.looked();
    this.cursor = 0;
    this.startedAtS = null;
    this.player.take({ id: told.sample_id, sampleRate: told.sample_rate, durationS: told.duration_s });
    this.toolbar.offerSpeeds(told.sample_rate, this.player);
    this.panel.take(told.sample_id);
    this.heading.show(told);
    void this.tellWhen(told.sample_id);
  }

  /** When it was recorded, where that is known and may be seen: the axis goes by the clock then. */
  private async tellWhen(sample: number): Promise<void> {
    const startedAt = await this.heading.tellWhen(this.api, sample, () => this.place.sample === sample);
    if (startedAt === null) return;
    this.startedAtS = secondsOfDay(startedAt);
    this.redraw();
  }

  private async offerLabels(): Promise<void> {
    try {
      const names = (await this.api.get("api/labels")).labels.map((one) => one.name);
      const select = this.field("label") as HTMLSelectElement;
      select.replaceChildren(el("option", { value: "" }, "none"), ...names.map((name) => el("option", { value: name }, name)));
      select.value = this.place.label;
      this.panel.offer(names);
    } catch {
      byId("what").hidden = true; // labels are not shown to everyone
    }
  }

  private field(name: string): HTMLInputElement | HTMLSelectElement {
    return byId<HTMLFormElement>("what").elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
  }

  private fillForm(): void {
    this.field("label").value = this.place.label;
    this.field("confidence").value = this.place.confidence;
    this.field("q").value = this.place.words;
  }

  private async asked(): Promise<void> {
    const [label, confidence, words] = ["label", "confidence", "q"].map((name) => this.field(name).value.trim()) as [string, string, string];
    this.remember({ label, confidence, words }, true);
    await this.refresh();
  }

  /** Asks what lies where, and draws it all. */
  private async refresh(): Promise<void> {
    (this.field("confidence") as HTMLSelectElement).disabled = !this.place.label;
    this.redraw();
    if (byId("what").hidden || this.place.sample === null) return;
    await this.events.ask(this.api, this.place.sample, this.place);
    this.redraw();
  }

  private async labelled(): Promise<void> {
    await this.offerLabels();
    await this.refresh();
  }

  private looked(): void {
    if (!this.told) return;
    const { told } = this;
    this.grid = { durationS: told.duration_s, sampleRate: told.sample_rate, nFft: this.toolbar.nFft, tileColumns: told.tile_columns, mostLevel: told.most_level };
    this.remember({ scale: this.toolbar.scale as Scale }, false);
    this.player.slower = this.toolbar.slower;
    this.redraw();
  }

  private remember(changes: Partial<Place>, isStep: boolean): void {
    this.place = { ...this.place, ...changes };
    const address = writePlace(this.place);
    if (address === location.hash) return;
    if (isStep) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  private look(view: Stretch): void {
    this.view = view;
    this.redraw();
    const isWhole = this.grid && view.from <= 0 && view.to >= this.grid.durationS;
    this.remember({ view: isWhole ? null : view }, false);
  }

  private zoom(factor: number): void {
    if (!this.grid) return;
    const middle = this.cursor >= this.view.from && this.cursor <= this.view.to ? this.cursor : (this.view.from + this.view.to) / 2;
    this.look(zoomed(this.grid, this.view, factor, middle));
  }

  private select(span: Stretch | null, isDone: boolean): void {
    if (span && this.grid) span = between(this.grid, span.from, span.to);
    this.place.span = span;
    if (span) this.cursor = span.from;
    this.panel.show(span);
    this.redraw();
    if (!isDone) return;
    this.remember({ span }, true);
    whisper(span ? `From ${timeText(span.from, 0.1)} to ${timeText(span.to, 0.1)} selected` : "Nothing selected");
  }

  private hear(time: number): void {
    if (!this.grid) return;
    this.move(time);
    this.player.play({ from: time, to: this.grid.durationS });
  }

  private playSpan(): void {
    if (this.place.span) this.player.play(this.place.span);
  }

  private playOrStop(): void {
    if (this.player.playing) return this.player.pause();
    const { span } = this.place;
    if (span && this.cursor >= span.from - 0.001 && this.cursor < span.to) this.playSpan();
    else this.hear(this.grid && this.cursor >= this.grid.durationS ? 0 : this.cursor);
  }

  private move(time: number): void {
    if (!this.grid) return;
    this.cursor = Math.max(0, Math.min(this.grid.durationS, time));
    const view = following(this.grid, this.view, this.cursor);
    if (view !== this.view) this.look(view);
    this.redraw();
  }

  private follow(): void {
    this.toolbar.plays(this.player.playing);
    if (this.player.playing || this.player.ended) this.move(this.player.position);
  }

  private open(mark: Mark): void {
    if (!this.grid) return;
    const isSeen = mark.from >= this.view.from && mark.to <= this.view.to;
    if (!isSeen) this.look(around(this.grid, mark));
    this.select({ from: mark.from, to: mark.to }, true);
    this.playSpan();
  }

  private search(): void {
    if (this.place.span && this.place.sample !== null && this.panel.isSearchable) void this.similar.ask(this.place.sample, this.place.span);
  }

  private goTo(sample: number, span: Stretch | null): void {
    const place: Place = { ...this.place, sample, span, view: null };
    history.pushState(null, "", writePlace(place));
    void this.restore(place).then(() => this.playSpan());
  }

  private key(event: KeyboardEvent): void {
    const command = commandOf(SPECTROGRAM_KEYS, event, targetOf(event));
    if (!command || event.defaultPrevented || isInDialog()) return;
    event.preventDefault();
    this.run(command, event);
  }

  private run(command: string, event?: KeyboardEvent): void {
    const { grid } = this;
    if (!grid) return;
    const sign = event && ["ArrowLeft", "PageUp", "Home", "[", "p"].includes(event.key) ? -1 : 1;
    const length = this.view.to - this.view.from;
    const commands: Record<string, () => void> = {
      play: () => this.playOrStop(),
      step: () => this.step((sign * length) / STEPS_ACROSS, event?.shiftKey ?? false),
      page: () => this.look(panned(grid, this.view, (sign * length) / 2)),
      end: () => this.move(sign < 0 ? 0 : grid.durationS),
      edge: () => this.setEdge(sign < 0),
      closer: () => this.zoom(ZOOM),
      farther: () => this.zoom(1 / ZOOM),
      all: () => this.look({ from: 0, to: grid.durationS }),
      "to-span": () => this.place.span && this.look(around(grid, this.place.span)),
      mark: () => this.goToMark(sign > 0),
      similar: () => this.search(),
      leave: () => this.leave(),
    };
    commands[command]?.();
  }

  /** Moves the cursor; with Shift, a span reaches from where it was first to where it is. */
  private step(by: number, selects: boolean): void {
    const { span } = this.place;
    this.held = selects ? (this.held ?? (span && this.cursor === span.from ? span.to : this.cursor)) : null;
    const target = this.cursor + by;
    this.move(target);
    if (!selects || this.held === null || !this.grid) return;
    const cursor = this.cursor;
    this.select(between(this.grid, this.held, cursor), true);
    this.move(cursor);
  }

  /** The span begins or ends at the cursor, and reaches to its other edge, else to the view's. */
  private setEdge(isStart: boolean): void {
    const { span } = this.place;
    const cursor = this.cursor;
    const isOther = span && (isStart ? span.to > cursor : span.from < cursor);
    const other = isStart ? (isOther ? span.to : this.view.to) : isOther ? span.from : this.view.from;
    if (this.grid) this.select(between(this.grid, cursor, other), true);
    this.move(cursor);
  }

  private goToMark(forward: boolean): void {
    const mark = stepFrom(this.events.marks, this.cursor, forward);
    if (mark) this.open(mark);
    else whisper("No event there");
  }

  private leave(): void {
    this.held = null;
    if (this.player.playing) this.player.pause();
    else if (this.place.span) this.select(null, true);
  }

  private tellTrouble(message: string | null): void {
    byId("trouble").hidden = message === null;
    if (message !== null) byId("trouble-text").textContent = message;
  }

  private redraw(): void {
    const { grid } = this;
    if (!grid) return;
    const shown: Shown = {
      grid, view: this.view, scale: this.toolbar.scale as Scale, ...this.toolbar.look,
      cursor: this.cursor, span: this.place.span, startedAtS: this.startedAtS, window: null,
    };
    this.stage.show(shown);
    this.overview.show({ ...shown, view: { from: 0, to: grid.durationS }, window: this.view });
    this.events.draw(this.view, this.stage.width, LEFT);
  }
}

function moved(view: Stretch, middle: number): Stretch {
  const half = (view.to - view.from) / 2;
  return { from: middle - half, to: middle + half };
}
