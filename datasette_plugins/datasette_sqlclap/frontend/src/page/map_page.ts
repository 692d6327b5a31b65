/** Ties the map, the lists, the card, the player and the address together. */

import type { Api } from "../api/api.ts";
import type { Atlas } from "../map/atlas.ts";
import { Card } from "../list/card.ts";
import type { Config } from "../api/config.ts";
import { byId, orSay, say, whisper } from "./elements.ts";
import { Failures } from "./failures.ts";
import { FilterForm } from "../query/filters.ts";
import { KeptTab } from "../curate/kept_tab.ts";
import { parseShelf } from "../curate/shelf.ts";
import { ASKING_KEYS, CURATE_KEYS, LIST_KEYS, MAP_KEYS, UNDO_KEYS, commandOf } from "./keyboard.ts";
import { subjectOf, type Lit, type Subject } from "../label/examples.ts";
import { LabelsTab } from "../label/labels_tab.ts";
import { MapStage } from "../map/map_stage.ts";
import { formatRanges } from "../query/measures.ts";
import { Player } from "../player/player.ts";
import { PlayerBar, showKeys } from "../player/player_bar.ts";
import { listContext, type ListContext, type SoundListHandlers } from "../list/sound_list.ts";
import { ServedSounds } from "../player/sound_files.ts";
import { ResultsPanel, type Ask } from "../list/results_panel.ts";
import { SearchBox } from "../query/search_box.ts";
import { Selection } from "../list/selection.ts";
import { count, fileName } from "./show.ts";
import { Address } from "../query/address.ts";
import { COLOURS, asks, format, parse, type Colour, type State } from "../query/state.ts";
import { followTheme } from "./theme.ts";
import { Paths } from "../list/tip.ts";
import { Tabs, type Tab } from "./tabs.ts";
import { Watch } from "./watch.ts";
import { welcome } from "./welcome.ts";

export class MapPage {
  private readonly address = new Address();
  private readonly player: Player;
  private readonly bar: PlayerBar;
  private readonly tabs = new Tabs();
  private readonly lists: SoundListHandlers = {
    open: (id) => void this.open(id),
    play: (match) => this.play(match.sample_id, true),
    hover: (id) => this.stage.point(id),
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
  private readonly filters: FilterForm;
  private readonly searchBox: SearchBox;
  private readonly paths: Paths;
  private readonly watch: Watch;
  private restoring = 0;
  /** The list and the colours are not yet those of the address. */
  private stale = false;

  constructor(
    private readonly config: Config,
    private readonly api: Api,
    private readonly atlas: Atlas | null,
  ) {
    this.player = new Player(new ServedSounds(api));
    this.bar = new PlayerBar(this.player);
    this.paths = new Paths(api);
    this.watch = new Watch(api, config.layout);
    if (atlas) atlas.outdated = () => this.watch.show();
    const context = (this.context = listContext(api, config));
    this.card = new Card(byId("card"), context, this.player, config.measured, {
      ...this.lists,
      close: () => this.close(),
      similar: (id) => void this.similar(id),
      toggle: (id) => this.selection.toggle(id),
      label: () => this.tabs.show("labels"),
      ...(config.seesPaths && config.mayLabel ? { reveal: (sample_id: number) => void orSay(() => api.post("api/reveal", { sample_id })) } : {}),
    });
    this.selection = new Selection(byId("selection"), context, config, {
      ...this.lists,
      changed: () => this.selected(),
      labelled: () => this.labelled(),
      showLabel: (name) => {
        this.tabs.show("labels");
        void this.labels.choose(name);
      },
    });
    const failures = new Failures(api, config.seesPaths);
    this.results = new ResultsPanel(context, config.model, {
      ...this.lists,
      counted: (found) => this.tabs.count("results", found.toLocaleString("en")),
      clear: () => this.clear(),
      welcome: () => [...welcome(config.samples, atlas, (list) => this.goTo(list)), failures.box],
    });
    this.labels = new LabelsTab(context, this.player, config, {
      ...this.lists,
      light: (lit) => void this.light(lit),
      labelled: () => this.labelled(),
    });
    this.kept = new KeptTab(api, context.keeping, {
      subject: () => this.subject,
      list: (where, ids, tools) => this.listSounds(where, ids, tools),
      open: (shelf) => this.goTo(shelf),
      gone: () => parseShelf(this.state.browse)?.kind === "collection" && this.clear(),
    });
    context.undo.onTurn(() => this.turned());
    this.tabs.changed = (tab) => {
      this.labels.turnedTo(tab);
      if (tab === "kept") void this.kept.show();
    };
    this.stage = new MapStage(atlas, {
      hover: (id) => this.hover(id),
      sweeps: () => this.player.settings.now.sweep,
      open: (id) => void this.open(id).then(() => this.turnTo("sound")),
      take: (ids) => this.takeSelection(ids),
      moved: (view) => this.address.remember({ view }, true),
    });
    this.filters = new FilterForm(atlas, config.measured, (filters) => void this.filter(filters));
    this.searchBox = new SearchBox({ words: (words) => void this.search(words), file: (file) => void this.searchByFile(file) });
  }

  async start(): Promise<void> {
    followTheme(() => void this.applyColours());
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => void this.restore(parse(location.hash)));
    const colour = byId<HTMLSelectElement>("colour");
    colour.addEventListener("change", () => void this.colour(colour.value as Colour));
    showKeys([...MAP_KEYS, ...CURATE_KEYS, ...UNDO_KEYS, ...LIST_KEYS, ...ASKING_KEYS]);
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
    this.searchBox.words = state.words;
    byId<HTMLSelectElement>("colour").value = state.colour;
    await this.filters.show(state);
    if (turn === this.restoring && this.stale) await this.restoreList(state);
    if (turn === this.restoring && !first && String(state.view) !== String(before.view)) await this.stage.show(state.view);
    if (turn !== this.restoring) return;
    if (state.sample === null) this.putAway();
    else if (state.sample !== this.card.sample?.sample_id) {
      await this.open(state.sample, false);
      if (first || this.results.isEmpty) this.tabs.show("sound");
    }
    document.body.dataset["ready"] = "yes";
  }

  private async restoreList(state: State): Promise<void> {
    this.stale = false;
    if (state.words) return this.search(state.words);
    if (state.similar !== null) return this.similar(state.similar);
    if (state.browse && (this.atlas || parseShelf(state.browse))) return this.browse(state.browse);
    this.forgetAnswer();
    await this.applyColours();
  }

  private get state(): State {
    return this.address.state;
  }

  private async search(words: string): Promise<void> {
    if (!words.trim()) return this.clear();
    this.address.remember({ words, similar: null, browse: "" });
    await this.list(`“${words}”`, (part) => this.api.get("api/search", { q: words, model: this.config.words, ...this.narrowing(), ...part }));
  }

  private async similar(id: number): Promise<void> {
    this.address.remember({ words: "", similar: id, browse: "" });
    this.searchBox.words = "";
    const title = this.paths.find(id).then((path) => `like ${fileName(path)}`);
    await this.list(title, (part) => this.api.get("api/similar", { sample: id, ...this.narrowing(), ...part }));
  }

  private async searchByFile(file: File): Promise<void> {
    this.address.remember({ words: "", similar: null, browse: "" });
    this.searchBox.words = "";
    say(`Listening to ${file.name}…`);
    await this.list(`like ${file.name}`, (part) => this.api.upload("api/similar-to", { ...this.narrowing(), ...part }, file));
  }

  private goTo(list: string): void {
    this.address.remember({ words: "", similar: null, browse: list });
    if (/^\d/.test(list)) this.stage.goToCluster(Number(list));
    void this.browse(list);
  }

  /** Lists what passes the filters, all of it or of one cluster, or a shelf of what is kept. */
  private async browse(list: string): Promise<void> {
    if (parseShelf(list)) return orSay(() => this.kept.list(list));
    const { ids, where } = this.atlas?.listed(list) ?? { ids: [], where: "" };
    await this.listSounds(where, ids);
  }

  private async listSounds(where: string, ids: ArrayLike<number>, tools: HTMLElement[] = []): Promise<void> {
    await this.results.showSounds(where, ids, tools);
    if (tools.length || this.tabs.shown === "kept") this.tabs.show("results");
    await this.light(where ? Array.from(ids, (sample_id) => ({ sample_id, score: 1 })) : []);
  }

  private narrowing(): Record<string, string | number | null> {
    const { label, text, min, max, ranges } = this.state;
    return { folder: this.filters.folderForSearch, label, text, min_length: min, max_length: max, measured: formatRanges(ranges) };
  }

  /** Asks, then shows the answer in the list and on the map; only the last question counts. */
  private async list(title: string | Promise<string>, ask: Ask): Promise<void> {
    await orSay(async () => {
      if (!(await this.results.show(title, ask))) return;
      const { strong } = this.results;
      this.paths.learn(strong);
      this.tabs.show("results");
      this.take(this.stage.held);
      say(`${count(strong.length, "sound")} found`);
      const lit = this.state.colour === "similarity" ? await this.results.first() : strong;
      await this.light(lit);
    });
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

  private clear(): void {
    this.searchBox.words = "";
    this.address.remember({ words: "", similar: null, browse: "" });
    this.forgetAnswer();
    void this.applyColours();
  }

  private forgetAnswer(): void {
    this.atlas?.light(new Map());
    this.results.clear();
    this.tabs.count("results", "");
  }

  private async open(id: number, push = true): Promise<void> {
    if (push) this.address.remember({ sample: id });
    this.take(id);
    if (push) this.play(id, true);
    await orSay(async () => {
      const sample = await this.card.open(id);
      if (!sample) return;
      this.paths.learn([sample]);
      this.player.name(id, sample.path);
      whisper(fileName(sample.path));
    });
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

  private play(id: number, onPurpose = false): void {
    if (onPurpose) this.context.keeping.used(id);
    this.player.play({ id, name: this.paths.get(id) });
  }

  private hover(id: number): void {
    if (this.bar.hoverPlays) this.play(id);
    void this.name(id);
  }

  /** Tells what a sound is called: beside its point, in the bar, and to who listens to the page. */
  private async name(id: number, aloud = false): Promise<void> {
    await orSay(async () => {
      const path = await this.paths.find(id);
      this.stage.name(id, path);
      this.player.name(id, path);
      if (aloud && this.stage.held === id) whisper(fileName(path));
    });
  }

  private labelled(): void {
    this.atlas?.forgetLabels();
    this.filters.forget();
    const open = this.card.sample?.sample_id;
    // Its tags and anchors are others now.
    if (open !== undefined) void orSay(() => this.card.open(open));
    if (this.state.colour === "label") void this.applyColours();
  }

  /** Something was undone, or done again: what is shown may be other than before. */
  private turned(): void {
    this.context.keeping.sounds.forget();
    this.labelled();
    if (this.tabs.shown === "labels") void this.labels.refresh();
    if (this.tabs.shown === "kept") void this.kept.show();
    if (parseShelf(this.state.browse)) void this.browse(this.state.browse);
  }

  private async colour(colour: Colour): Promise<void> {
    this.address.remember({ colour });
    byId<HTMLSelectElement>("colour").value = colour;
    if (colour === "similarity") return this.colourBySimilarity();
    if (!this.results.isEmpty) this.clear();
    await this.applyColours();
  }

  /** To what was asked, else to the sound in hand. */
  private async colourBySimilarity(): Promise<void> {
    const { words, similar } = this.state;
    const to = similar ?? this.stage.held;
    if (words) await this.search(words);
    else if (to !== null) await this.similar(to);
    else await this.applyColours();
  }

  private async filter(filters: Partial<State>): Promise<void> {
    this.address.remember(filters);
    await orSay(() => this.filters.apply(this.state));
    if (this.state.words) await this.search(this.state.words);
    else if (this.state.similar !== null) await this.similar(this.state.similar);
    else if (this.state.browse) await this.browse(this.state.browse);
  }

  private key(event: KeyboardEvent): void {
    if (event.defaultPrevented || byId<HTMLDialogElement>("help").open) return;
    const target = event.target as HTMLElement;
    const command = commandOf([...MAP_KEYS, ...CURATE_KEYS], event, { tag: target.tagName, type: (target as HTMLInputElement).type });
    if (!command) return;
    event.preventDefault();
    this.run(command, event.key);
  }

  private run(command: string, key: string): void {
    const held = this.stage.held;
    const commands: Record<string, () => void> = {
      search: () => this.searchBox.focus(),
      play: () => this.playOrStop(held),
      open: () => held !== null && void this.open(held).then(() => this.tabs.show("sound")),
      similar: () => held !== null && void this.similar(held),
      select: () => held !== null && this.selection.toggle(held),
      favourite: () => void this.context.keeping.favourite(this.subject?.ids ?? []),
      rate: () => void this.context.keeping.rate(this.subject?.ids ?? [], Number(key)),
      anchor: () => this.nameSelection(),
      go: () => this.go(key),
      step: () => this.step(key.toLowerCase() === "j" ? 1 : -1),
      colour: () => void this.colour(COLOURS[(COLOURS.indexOf(this.state.colour) + 1) % COLOURS.length] as Colour),
      filter: () => this.filters.toggle(),
      help: () => byId<HTMLDialogElement>("help").showModal(),
      leave: () => this.leave(),
    };
    if (!this.bar.run(command, key)) (commands[command] ?? (() => this.stage.run(command)))();
  }

  private step(by: number): void {
    const { selection, labels, results } = this;
    ({ selection, labels, results, sound: results, kept: results })[this.tabs.shown].step(by);
  }

  private playOrStop(held: number | null): void {
    const another = held !== null && this.player.track?.id !== held && !this.player.playsThrough;
    if (another) this.play(held, true);
    else this.player.toggle();
  }

  private go(key: string): void {
    const id = this.stage.go(key);
    if (id === null) return;
    this.markLists(id);
    if (this.bar.hoverPlays) this.play(id);
    void this.name(id, true);
  }

  /** What keys and buttons speak of. */
  private get subject(): Subject | null {
    return subjectOf(this.selection.ids, this.stage.held);
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
    else this.clear();
    this.player.stop();
  }
}
