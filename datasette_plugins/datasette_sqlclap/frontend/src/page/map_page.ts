/** Ties the map, the lists, the card, the player and the address together. */

import type { Api } from "../api/api.ts";
import type { Atlas } from "../map/atlas.ts";
import { Card } from "../list/card.ts";
import type { Config } from "../api/config.ts";
import { byId, orSay, say, whisper } from "./elements.ts";
import { ASKING_KEYS, MAP_KEYS, commandOf } from "./keyboard.ts";
import type { Lit } from "../label/examples.ts";
import { LabelsTab } from "../label/labels_tab.ts";
import { MapStage } from "../map/map_stage.ts";
import { Player } from "../player/player.ts";
import { PlayerBar, showKeys } from "../player/player_bar.ts";
import { markRows, type ListHandlers } from "../list/results.ts";
import { ResultsPanel } from "../list/results_panel.ts";
import { Selection } from "../list/selection.ts";
import { count, fileName } from "./show.ts";
import { Address } from "../query/address.ts";
import { QueryControl } from "../query/query_control.ts";
import { COLOURS, asks, format, parse, type Colour, type State } from "../query/state.ts";
import { followTheme } from "./theme.ts";
import { Paths } from "../list/tip.ts";
import { Tabs, type Tab } from "./tabs.ts";
import { Watch } from "./watch.ts";
import { welcome } from "./welcome.ts";

export class MapPage {
  private readonly address = new Address();
  private readonly player = new Player((id, asWav) => this.api.audio(id, asWav));
  private readonly bar = new PlayerBar(this.player);
  private readonly tabs = new Tabs();
  private readonly lists: ListHandlers = {
    open: (id) => void this.open(id),
    play: (match) => this.play(match.sample_id),
    hover: (id) => this.stage.point(id),
  };
  private readonly results: ResultsPanel;
  private readonly card: Card;
  private readonly selection: Selection;
  private readonly labels: LabelsTab;
  private readonly stage: MapStage;
  private readonly query: QueryControl;
  private readonly paths: Paths;
  private readonly watch: Watch;
  private restoring = 0;
  /** The list and the colours are not yet those of the address. */
  private stale = false;

  constructor(
    config: Config,
    private readonly api: Api,
    private readonly atlas: Atlas | null,
  ) {
    this.paths = new Paths(api);
    this.watch = new Watch(api, config.layout);
    if (atlas) atlas.outdated = () => this.watch.show();
    this.card = new Card(byId("card"), api, this.player, config.measured, {
      ...this.lists,
      close: () => this.close(),
      similar: (id) => void this.query.similar(id),
      compose: (id, weight) => void this.query.add(id, weight),
      toggle: (id) => this.selection.toggle(id),
      label: () => this.tabs.show("labels"),
    });
    this.selection = new Selection(byId("selection"), api, this.player, config, {
      ...this.lists,
      changed: () => this.selected(),
      labelled: () => this.labelled(),
      showLabel: (name) => this.showLabel(name),
    });
    this.results = new ResultsPanel(api, config.model, this.selection.ids, {
      ...this.lists,
      selected: () => this.selection.refresh(),
      clear: () => this.query.clear(),
      welcome: () => welcome(config.samples, atlas, (cluster) => this.stage.goToCluster(cluster)),
    });
    this.labels = new LabelsTab(api, this.player, config, this.selection.ids, {
      ...this.lists,
      selected: () => this.selection.refresh(),
      light: (lit) => void this.light(lit),
      labelled: () => this.labelled(),
    });
    this.tabs.changed = (tab) => this.labels.turnedTo(tab);
    this.stage = new MapStage(atlas, {
      hover: (id) => this.hover(id),
      open: (id) => void this.open(id).then(() => this.turnTo("sound")),
      take: (ids) => this.takeSelection(ids),
      moved: (view) => this.address.remember({ view }, true),
    });
    const page = { api, config, atlas, address: this.address, paths: this.paths, results: this.results };
    this.query = new QueryControl(page, {
      open: (id) => void this.open(id).then(() => this.tabs.show("sound")),
      showLabel: (name) => this.showLabel(name),
      answered: () => this.answered(),
      refused: () => this.putLightsOut(),
      cleared: () => this.cleared(),
    });
  }

  async start(): Promise<void> {
    followTheme(() => void this.applyColours());
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => void this.restore(parse(location.hash)));
    byId<HTMLSelectElement>("colour").addEventListener("change", (event) => {
      void this.colour((event.target as HTMLSelectElement).value as Colour);
    });
    showKeys([...MAP_KEYS, ...ASKING_KEYS]);
    this.player.addEventListener("track", () => this.player.track && this.stage.point(this.player.track.id));
    await this.stage.start(this.state);
    Object.assign(((window as unknown as { sqlclap?: object }).sqlclap ??= {}), { player: this.player, watch: this.watch });
    await this.restore(this.state);
    this.watch.start();
  }

  /** Brings the page to what an address says. */
  private async restore(state: State): Promise<void> {
    this.address.arrive();
    const first = this.restoring === 0;
    if (!first && format(state) === format(this.state)) return;
    const [turn, before] = [(this.restoring += 1), this.state];
    this.stale ||= first || asks(state) !== asks(before);
    this.address.follow(state);
    byId<HTMLSelectElement>("colour").value = state.colour;
    await this.query.show(state);
    if (turn === this.restoring && this.stale) await this.restoreList();
    if (turn === this.restoring && !first && String(state.view) !== String(before.view)) await this.stage.show(state.view);
    if (turn !== this.restoring) return;
    if (state.sample === null) this.putAway();
    else if (state.sample !== this.card.sample?.sample_id) {
      await this.open(state.sample, false);
      if (first || this.results.isEmpty) this.tabs.show("sound");
    }
    document.body.dataset["ready"] = "yes";
  }

  private async restoreList(): Promise<void> {
    this.stale = false;
    if (this.query.isAsking) return this.query.list();
    this.forgetAnswer();
    await this.applyColours();
  }

  private get state(): State {
    return this.address.state;
  }

  /** An answer stands in the list: the map lights it. */
  private async answered(): Promise<void> {
    const { strong } = this.results;
    this.paths.learn(strong);
    this.tabs.show("results");
    this.tabs.count("results", strong.length.toLocaleString("en"));
    this.take(this.stage.held);
    say(`${count(strong.length, "sound")} found`);
    const lit = this.state.colour === "similarity" ? await this.results.first() : strong;
    await this.light(lit);
  }

  private showLabel(name: string): void {
    this.tabs.show("labels");
    void this.labels.choose(name);
  }

  /** Lights sounds on the map, as bright as their scores: what was found, or what a label finds. */
  private async light(lit: Lit[] = this.results.strong): Promise<void> {
    this.atlas?.light(new Map(lit.map((match) => [match.sample_id, match.score])));
    await this.applyColours();
  }

  private async applyColours(): Promise<void> {
    document.body.dataset["colour"] = this.state.colour;
    await orSay(() => this.stage.applyColours(this.state.colour));
  }

  private cleared(): void {
    this.forgetAnswer();
    void this.applyColours();
  }

  private forgetAnswer(): void {
    this.putLightsOut();
    this.results.clear();
  }

  private putLightsOut(): void {
    this.atlas?.light(new Map());
    this.tabs.count("results", "");
  }

  private async open(id: number, push = true): Promise<void> {
    if (push) this.address.remember({ sample: id });
    this.take(id);
    if (push) this.play(id);
    try {
      const sample = await this.card.open(id);
      if (!sample) return;
      this.paths.learn([sample]);
      this.player.name(id, sample.path);
      whisper(fileName(sample.path));
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  /** Takes a sound in hand: on the map, and in the lists. */
  private take(id: number | null): void {
    this.stage.hold(id);
    markRows(id);
    this.results.mark(id);
    this.labels.offer(id);
  }

  private close(): void {
    this.address.remember({ sample: null });
    this.putAway();
  }

  private putAway(): void {
    this.card.close();
    this.take(null);
  }

  private play(id: number): void {
    this.player.play({ id, name: this.paths.get(id) });
  }

  private hover(id: number): void {
    if (this.bar.hoverPlays) this.play(id);
    void this.name(id);
  }

  /** Tells what a sound is called: beside its point, in the bar, and to who listens to the page. */
  private async name(id: number, aloud = false): Promise<void> {
    try {
      const path = await this.paths.find(id);
      this.stage.name(id, path);
      this.player.name(id, path);
      if (aloud && this.stage.held === id) whisper(fileName(path));
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private labelled(): void {
    this.atlas?.forgetLabels();
    this.query.forgetLabels();
    const open = this.card.sample?.sample_id;
    // Its tags and anchors are others now.
    if (open !== undefined) this.card.open(open).catch((error: Error) => say(error.message, "error"));
    if (this.state.colour === "label") void this.applyColours();
  }

  private async colour(colour: Colour): Promise<void> {
    this.address.remember({ colour });
    byId<HTMLSelectElement>("colour").value = colour;
    if (colour === "similarity") return this.colourBySimilarity();
    if (!this.results.isEmpty) this.query.clear();
    await this.applyColours();
  }

  /** To what was asked, else to the sound in hand. */
  private async colourBySimilarity(): Promise<void> {
    const { held } = this.stage;
    if (this.query.isAsking) await this.query.list();
    else if (held !== null) await this.query.similar(held);
    else await this.applyColours();
  }

  private key(event: KeyboardEvent): void {
    if (event.defaultPrevented || byId<HTMLDialogElement>("help").open) return;
    const target = event.target as HTMLElement;
    const command = commandOf(MAP_KEYS, event, { tag: target.tagName, type: (target as HTMLInputElement).type });
    if (!command) return;
    event.preventDefault();
    this.run(command, event.key);
  }

  private run(command: string, key: string): void {
    const held = this.stage.held;
    const commands: Record<string, () => void> = {
      search: () => this.query.focus(),
      play: () => this.playOrStop(held),
      open: () => held !== null && void this.open(held).then(() => this.tabs.show("sound")),
      similar: () => held !== null && void this.query.similar(held),
      more: () => held !== null && void this.query.add(held, key.toLowerCase() === "i" ? 1 : -1),
      select: () => held !== null && this.selection.toggle(held),
      anchor: () => this.nameSelection(),
      go: () => this.go(key),
      step: () => this.results.step(key.toLowerCase() === "j" ? 1 : -1),
      colour: () => void this.colour(COLOURS[(COLOURS.indexOf(this.state.colour) + 1) % COLOURS.length] as Colour),
      filter: () => this.query.filters.toggle(),
      "hover-plays": () => this.bar.toggleHover(),
      help: () => byId<HTMLDialogElement>("help").showModal(),
      leave: () => this.leave(),
    };
    (commands[command] ?? (() => this.stage.run(command)))();
  }

  private playOrStop(held: number | null): void {
    const another = held !== null && this.player.track?.id !== held && !this.player.playsThrough;
    if (another) this.play(held);
    else this.player.toggle();
  }

  private go(key: string): void {
    const id = this.stage.go(key);
    if (id === null) return;
    markRows(id);
    this.results.mark(id);
    this.labels.offer(id);
    if (this.bar.hoverPlays) this.play(id);
    void this.name(id, true);
  }

  private nameSelection(): void {
    if (!this.selection.ids.size) return;
    this.tabs.show("selection");
    this.selection.name();
  }

  private takeSelection(ids: number[]): void {
    this.selection.set(ids);
    this.turnTo(ids.length ? "selection" : "results");
  }

  /** Who labels stays at it: there, too, sounds in hand and selected ones are at hand. */
  private turnTo(tab: Tab): void {
    if (this.tabs.shown !== "labels") this.tabs.show(tab);
  }

  /** Other sounds are selected: on the map, in the lists, behind the tab. */
  private selected(): void {
    const { ids } = this.selection;
    this.stage.mark(ids);
    this.query.filters.select(ids);
    this.results.redraw();
    this.labels.offer(this.stage.held);
    this.tabs.count("selection", ids.size ? ids.size.toLocaleString("en") : "");
    if (!ids.size && this.tabs.shown === "selection") this.tabs.show("results");
  }

  private leave(): void {
    (document.activeElement as HTMLElement | null)?.blur();
    if (this.selection.ids.size) this.selection.set([]);
    else if (this.card.sample) this.close();
    else this.query.clear();
    this.player.stop();
  }
}
