/** Ties the map, the lists, the card, the player and the address together. */

import type { Api } from "../api/api.ts";
import { Arrivals } from "./arrivals.ts";
import type { Atlas } from "../map/atlas.ts";
import { ClusterList } from "../map/cluster_list.ts";
import { Card } from "../list/card.ts";
import type { Config } from "../api/config.ts";
import { Colouring } from "./colouring.ts";
import { Commands } from "./commands.ts";
import { byId, orSay, say, whisper } from "./elements.ts";
import { Failures } from "./failures.ts";
import { KeptTab } from "../curate/kept_tab.ts";
import { parseShelf } from "../curate/shelf.ts";
import { Hearing } from "./hearing.ts";
import { ASKING_KEYS, CURATE_KEYS, LIST_KEYS, MAP_KEYS, UNDO_KEYS } from "./keyboard.ts";
import { showKeys } from "./key_list.ts";
import { subjectOf, type Subject } from "../label/examples.ts";
import { LabelsTab } from "../label/labels_tab.ts";
import { MapStage } from "../map/map_stage.ts";
import { Naming } from "../map/naming.ts";
import { Player } from "../player/player.ts";
import { PlayerBar } from "../player/player_bar.ts";
import { listContext, type ListContext, type SoundListHandlers } from "../list/sound_list.ts";
import type { ListedMatch } from "../list/sound_row.ts";
import { ServedSounds } from "../player/sound_files.ts";
import { ResultsPanel, type Sounds } from "../list/results_panel.ts";
import { Selection } from "../list/selection.ts";
import { count, fileName } from "./show.ts";
import { Address } from "../query/address.ts";
import { QueryControl } from "../query/query_control.ts";
import { asks, format, parse, type Colour, type State } from "../query/state.ts";
import { bindOpeners } from "./openers.ts";
import { Paths } from "../list/tip.ts";
import { Tabs, type Tab } from "./tabs.ts";
import { Watch } from "./watch.ts";
import { welcome } from "./welcome.ts";
import { WorkStrip } from "./work_strip.ts";

export class MapPage {
  private readonly address = new Address();
  private readonly player: Player;
  private readonly hearing: Hearing;
  private readonly tabs = new Tabs();
  private readonly lists: SoundListHandlers = {
    open: (id, row) => void this.open(id, true, row),
    play: (match) => this.hearing.playRow(match),
    hover: (id) => this.stage.point(id),
    compose: (id, weight) => void this.query.add(id, weight),
    selected: () => this.selection.refresh(),
    playThrough: (tracks) => this.player.playAll(tracks),
  };
  private readonly results: ResultsPanel;
  private readonly card: Card;
  private readonly selection: Selection;
  private readonly labels: LabelsTab;
  private readonly kept: KeptTab;
  private readonly context: ListContext;
  private readonly stage: MapStage;
  private readonly colouring: Colouring;
  private readonly query: QueryControl;
  private readonly paths: Paths;
  private readonly watch: Watch;
  private readonly arrivals: Arrivals;
  private readonly work: WorkStrip;
  private restoring = 0;
  /** The list and the colours are not yet those of the address. */
  private stale = false;

  constructor(
    config: Config,
    api: Api,
    private readonly atlas: Atlas | null,
  ) {
    this.player = new Player(new ServedSounds(api));
    this.paths = new Paths(api);
    this.watch = new Watch(api, () => atlas?.version ?? config.layout);
    if (atlas) atlas.outdated = () => this.watch.show();
    const context = (this.context = listContext(api, config));
    const naming = atlas ? new Naming(api, atlas, context.undo, config.mayLabel, config.database) : null;
    naming?.onChange(() => this.stage.renamed());
    const clusters = naming && new ClusterList(naming, (list) => this.query.browse(list));
    this.card = new Card(byId("card"), context, this.player, config.measured, {
      ...this.lists,
      close: () => this.close(),
      similar: (id) => void this.query.similar(id),
      compose: (id, weight) => void this.query.add(id, weight),
      toggle: (id) => this.selection.toggle(id),
      label: () => this.tabs.show("labels"),
      ...(config.seesPaths && config.mayLabel ? { reveal: (sample_id: number) => void orSay(() => api.post("api/reveal", { sample_id })) } : {}),
    });
    this.selection = new Selection(byId("selection"), context, config, {
      ...this.lists,
      changed: () => this.selected(),
      labelled: () => this.labelled(),
      showLabel: (name) => this.showLabel(name),
    });
    const failures = new Failures(api, config.seesPaths);
    this.results = new ResultsPanel(context, {
      ...this.lists,
      counted: (found) => this.tabs.count("results", found.toLocaleString("en")),
      clear: () => this.query.clear(),
      asMoments: (moments) => void this.query.asMoments(moments),
      welcome: () => [...welcome(config.samples, clusters, (list) => this.query.browse(list)), failures.box],
    });
    this.labels = new LabelsTab(context, this.player, config, {
      ...this.lists,
      light: (lit = this.results.strong) => this.colouring.light(lit),
      labelled: () => this.labelled(),
    });
    this.kept = new KeptTab(api, context.keeping, {
      subject: () => this.subject,
      list: (where, ids, tools) => this.listSounds(where, ids, tools),
      open: (shelf) => this.query.browse(shelf),
      gone: () => parseShelf(this.state.browse)?.kind === "collection" && this.query.clear(),
    });
    this.arrivals = new Arrivals(api, config, {
      ...{ results: this.results, tabs: this.tabs, watch: this.watch },
      shown: { listsAll: () => !atlas?.kept && this.state.browse === "all", isBusy: () => this.isBusy },
    });
    this.work = new WorkStrip(api, new Failures(api, config.seesPaths), config, {
      arrived: (samples) => void orSay(() => this.arrivals.arrived(samples)),
      mapped: (isExpected) => this.arrivals.mapped(isExpected),
    });
    context.undo.onTurn(() => this.turned());
    context.keeping.written = () => this.forgetFilters();
    this.tabs.changed = (tab) => this.turnTabs(tab);
    this.stage = new MapStage(atlas, {
      hover: (id) => this.hearing.hover(id),
      sweeps: () => this.player.settings.now.sweep,
      open: (id) => void this.openAndShow(id, this.tabs.shown !== "labels"), // who labels stays at it
      take: (ids) => this.takeSelection(ids),
      moved: (view) => this.address.remember({ view }, true),
      layered: (density) => this.address.remember({ density }, true),
    });
    const bar = new PlayerBar(this.player);
    this.hearing = new Hearing({ player: this.player, bar, paths: this.paths, keeping: context.keeping, stage: this.stage });
    this.colouring = new Colouring(atlas, this.stage, this.address, (colour) => void this.coloured(colour));
    const page = { api, config, atlas, address: this.address, paths: this.paths, results: this.results };
    this.query = new QueryControl(page, {
      open: (id) => void this.openAndShow(id),
      showLabel: (name) => this.showLabel(name),
      browse: (list) => this.browse(list),
      asked: () => this.tabs.expect(),
      answered: () => this.answered(),
      refused: () => this.putLightsOut(),
      cleared: () => this.cleared(),
    });
    this.obey(bar);
    bindOpeners();
  }

  /** Keys do what buttons do. */
  private obey(bar: PlayerBar): void {
    const { colouring, hearing, query, selection, stage, tabs, labels, results } = this;
    const lists = { selection, labels, results, sound: results, kept: results };
    new Commands({ bar, colouring, hearing, keeping: this.context.keeping, query, selection, stage, tabs, lists }, {
      open: (id) => this.open(id),
      mark: (id) => this.markLists(id),
      subject: () => this.subject,
      leave: () => this.leave(),
    });
  }

  async start(): Promise<void> {
    this.colouring.start();
    window.addEventListener("hashchange", () => void this.restore(parse(location.hash)));
    showKeys([...MAP_KEYS, ...CURATE_KEYS, ...UNDO_KEYS, ...LIST_KEYS, ...ASKING_KEYS]);
    this.player.addEventListener("track", () => this.player.track && this.stage.point(this.player.track.id));
    await this.stage.start(this.state);
    Object.assign(((window as unknown as { sqlclap?: object }).sqlclap ??= {}), { player: this.player, watch: this.watch });
    await this.restore(this.state);
    this.watch.start();
    this.arrivals.goBack();
    this.work.start();
  }

  /** Whether something would be lost if the page were loaded anew. */
  private get isBusy(): boolean {
    const typing = document.activeElement?.matches("input:not([type=range]), textarea, dialog[open] *");
    return Boolean(typing) || this.player.playing || this.selection.ids.size > 0 || this.query.isAsking;
  }

  /** Brings the page to what an address says. */
  private async restore(state: State): Promise<void> {
    this.address.arrive();
    const first = this.restoring === 0;
    if (!first && format(state) === format(this.state)) return;
    const [turn, before] = [(this.restoring += 1), this.state];
    if (!first) this.tabs.expect();
    this.stale ||= first || asks(state) !== asks(before);
    this.address.follow(state);
    this.colouring.show();
    this.stage.layer(state.density);
    await orSay(() => this.query.show(state));
    if (turn === this.restoring && this.stale) await this.restoreList(state);
    if (turn === this.restoring && !first && String(state.view) !== String(before.view)) await this.stage.show(state.view);
    if (turn !== this.restoring) return;
    if (state.sample === null) this.putAway();
    else if (state.sample !== this.card.sample?.sample_id) {
      await this.open(state.sample, false);
      if (first || this.results.isEmpty) this.tabs.arrive("sound");
    }
    await this.stage.indexed();
    document.body.dataset["ready"] = "yes";
  }

  private async restoreList(state: State): Promise<void> {
    this.stale = false;
    if (this.query.isAsking) return this.query.list();
    if (state.browse && (this.atlas || state.browse === "all" || parseShelf(state.browse))) return this.browse(state.browse);
    this.forgetAnswer();
    await this.colouring.apply();
  }

  private get state(): State {
    return this.address.state;
  }

  /** Lists what passes the filters, all of it or of one cluster, or a shelf of what is kept. */
  private async browse(list: string): Promise<void> {
    this.tabs.expect();
    if (parseShelf(list)) return orSay(() => this.kept.list(list));
    if (this.query.filters.why) return this.refuse(this.query.filters.why);
    // Sounds that came after the map, and silent ones, have no place on it: what holds for the map is not all.
    if (list === "all" && !this.atlas?.kept && this.atlas?.count !== this.context.api.samples) return orSay(() => this.listSounds("", this.arrivals.all()));
    const { ids, where } = this.atlas?.listed(list) ?? { ids: [], where: "" };
    if (/^\d/.test(list)) this.stage.goToCluster(Number(list));
    await this.listSounds(where, ids);
  }

  private async listSounds(where: string, wanted: Sounds, tools: HTMLElement[] = []): Promise<void> {
    const ids = await this.results.showSounds(where, wanted, tools);
    if (!ids) return;
    if (tools.length || this.tabs.shown === "kept") this.tabs.arrive("results");
    await this.colouring.light(where ? Array.from(ids, (sample_id) => ({ sample_id, score: 1 })) : []);
  }

  /** An answer stands in the list: the map lights it. */
  private async answered(): Promise<void> {
    const { strong } = this.results;
    this.paths.learn(strong);
    this.tabs.arrive("results");
    this.take(this.stage.held);
    say(`${count(strong.length, this.state.moments ? "moment" : "sound")} found`);
    const lit = this.state.colour === "similarity" ? await this.results.first() : strong;
    if (strong !== this.results.strong) return; // something else stands there by now
    await this.colouring.light(lit);
  }

  /** The list can't be had: why. */
  private refuse(why: string): void {
    this.results.refuse(why);
    this.putLightsOut();
    this.tabs.arrive("results");
  }

  private showLabel(name: string): void {
    this.tabs.show("labels");
    void this.labels.choose(name);
  }

  private cleared(): void {
    this.forgetAnswer();
    void this.colouring.apply();
  }

  private forgetAnswer(): void {
    this.putLightsOut();
    this.results.clear();
  }

  private putLightsOut(): void {
    this.colouring.putOut();
    this.tabs.count("results", "");
  }

  /** Opens a sound's card, and plays it; of a row that is a stretch, that. */
  private async open(id: number, push = true, row?: ListedMatch): Promise<void> {
    if (push) this.address.remember({ sample: id });
    this.take(id);
    if (push && row) this.hearing.playRow(row);
    else if (push) this.hearing.play(id, true);
    await orSay(async () => {
      const sample = await this.card.open(id);
      if (!sample) return;
      this.paths.learn([sample]);
      this.player.name(id, sample.path);
      whisper(fileName(sample.path));
    });
  }

  /** Opens a sound's card, and turns to it. */
  private async openAndShow(id: number, turns = true): Promise<void> {
    this.tabs.expect();
    await this.open(id);
    if (turns) this.tabs.arrive("sound");
  }

  /** Takes a sound in hand: on the map, and in the lists. */
  private take(id: number | null): void {
    this.stage.hold(id);
    this.markLists(id);
  }

  private markLists(id: number | null): void {
    for (const list of [this.results, this.selection, this.card, this.labels]) list.mark(id);
    this.labels.offer(id);
    this.kept.offer();
  }

  private close(): void {
    this.address.remember({ sample: null });
    this.putAway();
  }

  private putAway(): void {
    this.card.close();
    this.take(null);
  }

  private labelled(): void {
    this.forgetFilters();
    const open = this.card.sample?.sample_id;
    // Its tags and anchors are others now.
    if (open !== undefined) void orSay(() => this.card.open(open));
    if (this.state.colour === "label") void this.colouring.apply();
  }

  /** Labels, tags or what is kept have changed: whom filters by them keep is asked for again. */
  private forgetFilters(): void {
    this.atlas?.forgetLabels();
    this.query.forgetLabels();
  }

  private turnTabs(tab: Tab): void {
    for (const one of [this.labels, this.kept]) one.turnedTo(tab);
  }

  /** Something was undone, or done again: what is shown may be other than before. */
  private turned(): void {
    this.context.keeping.sounds.forget();
    this.labelled();
    this.turnTabs(this.tabs.shown);
    if (parseShelf(this.state.browse)) void this.browse(this.state.browse);
  }

  private async coloured(colour: Colour): Promise<void> {
    if (colour === "similarity") return this.colourBySimilarity();
    if (!this.results.isEmpty) this.query.clear();
    await this.colouring.apply();
  }

  /** To what was asked, else to the sound in hand. */
  private async colourBySimilarity(): Promise<void> {
    const { held } = this.stage;
    if (this.query.isAsking) await this.query.list();
    else if (held !== null) await this.query.similar(held);
    else await this.colouring.apply();
  }

  /** What keys and buttons speak of. */
  private get subject(): Subject | null {
    return subjectOf(this.selection.ids, this.stage.held);
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
    this.kept.offer();
    this.tabs.count("selection", ids.size ? ids.size.toLocaleString("en") : "");
    if (!ids.size && this.tabs.shown === "selection") this.tabs.show("results");
  }

  private leave(): void {
    (document.activeElement as HTMLElement | null)?.blur();
    if (this.selection.ids.size) this.selection.set([]);
    else if (this.card.sample) this.close();
    else this.query.clear();
    this.hearing.stop();
  }
}
