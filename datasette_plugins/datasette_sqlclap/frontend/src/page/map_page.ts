/** Ties the map, the lists, the card, the player and the address together. */

import type { Api } from "../api/api.ts";
import type { Atlas } from "../map/atlas.ts";
import { Card } from "../list/card.ts";
import type { Config } from "../api/config.ts";
import { byId, say, whisper } from "./elements.ts";
import { Asking } from "../query/asking.ts";
import { FilterForm } from "../query/filters.ts";
import { GivenSounds } from "../query/given_sounds.ts";
import { ASKING_KEYS, MAP_KEYS, commandOf } from "./keyboard.ts";
import type { Lit } from "../label/examples.ts";
import { LabelsTab } from "../label/labels_tab.ts";
import { MapStage } from "../map/map_stage.ts";
import { Player } from "../player/player.ts";
import { PlayerBar, showKeys } from "../player/player_bar.ts";
import { markRows, type ListHandlers } from "../list/results.ts";
import { ResultsPanel } from "../list/results_panel.ts";
import { SearchBox, type How } from "../query/search_box.ts";
import { Selection } from "../list/selection.ts";
import { count, fileName, forPage } from "./show.ts";
import { showSql } from "../query/sql_dialog.ts";
import { COLOURS, asks, format, parse, type Colour, type State } from "../query/state.ts";
import { TermBar } from "../query/term_bar.ts";
import { nameOf, soundTerm, titleOf, withTerm, wordsTerm, type Term } from "../query/terms.ts";
import { followTheme } from "./theme.ts";
import { Paths } from "../list/tip.ts";
import { Tabs, type Tab } from "./tabs.ts";
import { Watch } from "./watch.ts";
import { welcome } from "./welcome.ts";

export class MapPage {
  private state: State = parse(location.hash);
  /** The address as this page knows it: another one is about to be restored. */
  private address = location.hash;
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
  private readonly filters: FilterForm;
  private readonly searchBox: SearchBox;
  private readonly given = new GivenSounds();
  private readonly asking: Asking;
  private readonly termBar: TermBar;
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
    this.paths = new Paths(api);
    this.watch = new Watch(api, config.layout);
    if (atlas) atlas.outdated = () => this.watch.show();
    this.card = new Card(byId("card"), api, this.player, config.measured, {
      ...this.lists,
      close: () => this.close(),
      similar: (id) => void this.ask([soundTerm(id)]),
      compose: (id, weight) => void this.add(soundTerm(id, weight)),
      toggle: (id) => this.selection.toggle(id),
      label: () => this.tabs.show("labels"),
    });
    this.selection = new Selection(byId("selection"), api, this.player, config, {
      ...this.lists,
      changed: () => this.selected(),
      labelled: () => this.labelled(),
      showLabel: (name) => {
        this.tabs.show("labels");
        void this.labels.choose(name);
      },
    });
    this.results = new ResultsPanel(api, config.model, this.selection.ids, {
      ...this.lists,
      selected: () => this.selection.refresh(),
      clear: () => this.clear(),
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
      moved: (view) => this.remember({ view }, true),
    });
    this.filters = new FilterForm(atlas, api, config, (filters) => void this.filter(filters));
    this.asking = new Asking(api, this.given, config.words);
    this.termBar = new TermBar(api, this.given, config.aspects, {
      changed: (changes, quietly) => void this.compose(changes, quietly),
      open: (id) => void this.open(id).then(() => this.tabs.show("sound")),
      showLabel: (name) => {
        this.tabs.show("labels");
        void this.labels.choose(name);
      },
      showSql: () => void this.showSql(),
      path: (id) => this.paths.find(id),
    });
    this.searchBox = new SearchBox({
      words: (words) => void this.search(words),
      sound: (sound, name, isRecording, how) => void this.hear(sound, name, isRecording, how),
      isAsking: () => this.state.terms.length > 0,
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
    this.address = location.hash;
    const first = this.restoring === 0;
    if (!first && format(state) === format(this.state)) return;
    const [turn, before] = [(this.restoring += 1), this.state];
    this.stale ||= first || asks(state) !== asks(before);
    this.state = state;
    this.showQuery(state);
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
    if (state.terms.length) return this.list();
    this.forgetAnswer();
    await this.applyColours();
  }

  private remember(changes: Partial<State>, quietly = false): void {
    // A link that was followed a moment ago goes before where the view came to rest.
    if (quietly && location.hash !== this.address) return;
    this.state = { ...this.state, ...changes };
    const address = format(this.state);
    if (address === format(parse(location.hash))) return;
    const where = address || location.pathname + location.search;
    if (quietly) history.replaceState(null, "", where);
    else history.pushState(null, "", where);
    this.address = location.hash;
  }

  /** Searches by words: as ever where there is one term at most, else as the words of the query. */
  private async search(words: string): Promise<void> {
    if (!words.trim()) return this.clear();
    const { terms } = this.state;
    const at = terms.findIndex((term) => term.kind === "words" && term.weight > 0);
    const term = wordsTerm(words);
    if (terms.length < 2) return this.ask([term]);
    await this.ask(at < 0 ? [...terms, term] : terms.map((one, place) => (place === at ? { ...term, weight: one.weight } : one)));
  }

  private async hear(sound: Blob, name: string, isRecording: boolean, how: How): Promise<void> {
    const term: Term = { kind: "given", key: this.given.take({ name, bytes: sound, isRecording }), name, weight: 1 };
    say(`Listening to ${name}…`);
    await (how === "added" ? this.add(term) : this.ask([term]));
  }

  private async add(term: Term): Promise<void> {
    await this.ask(withTerm(this.state.terms, term));
  }

  private async ask(terms: Term[]): Promise<void> {
    await this.compose({ terms });
  }

  /** Another query is asked; none clears the list. */
  private async compose(changes: Partial<State>, quietly = false): Promise<void> {
    const terms = changes.terms ?? this.state.terms;
    if (!terms.length) return this.clear();
    this.remember(changes, quietly);
    this.showQuery(this.state);
    await this.list();
  }

  private showQuery(state: State): void {
    const words = state.terms.find((term) => term.kind === "words" && term.weight > 0);
    this.searchBox.words = words?.kind === "words" ? words.words : "";
    this.termBar.show(state);
  }

  private async showSql(): Promise<void> {
    try {
      showSql(await this.asking.statement(this.state), this.config.runsSql ? this.config.tables : null);
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private async title(terms: Term[]): Promise<string> {
    const paths = terms.map((term) => (term.kind === "sound" ? this.paths.find(term.id).catch(() => "") : ""));
    const names = await Promise.all(paths);
    return titleOf(terms, terms.map((term, at) => nameOf(term, names[at] ?? "")));
  }

  /** Asks, then shows the answer in the list and on the map; only the last question counts. */
  private async list(): Promise<void> {
    try {
      const ask = await this.asking.ready(this.state);
      if (!(await this.results.show(this.title(this.state.terms), ask, this.asking.notes))) return;
      const { strong } = this.results;
      this.termBar.showMeanings(this.results.understood);
      this.paths.learn(strong);
      this.tabs.show("results");
      this.tabs.count("results", strong.length.toLocaleString("en"));
      this.take(this.stage.held);
      say(`${count(strong.length, "sound")} found`);
      const lit = this.state.colour === "similarity" ? await this.results.first() : strong;
      await this.light(lit);
    } catch (error) {
      this.atlas?.light(new Map());
      this.results.refuse(forPage(error as Error));
      this.tabs.count("results", "");
      say(forPage(error as Error), "error");
    }
  }

  /** Lights sounds on the map, as bright as their scores: what was found, or what a label finds. */
  private async light(lit: Lit[] = this.results.strong): Promise<void> {
    this.atlas?.light(new Map(lit.map((match) => [match.sample_id, match.score])));
    await this.applyColours();
  }

  private async applyColours(): Promise<void> {
    document.body.dataset["colour"] = this.state.colour;
    try {
      await this.stage.applyColours(this.state.colour);
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private clear(): void {
    this.remember({ terms: [], aspect: "" });
    this.showQuery(this.state);
    this.forgetAnswer();
    void this.applyColours();
  }

  private forgetAnswer(): void {
    this.atlas?.light(new Map());
    this.results.clear();
    this.tabs.count("results", "");
  }

  private async open(id: number, push = true): Promise<void> {
    if (push) this.remember({ sample: id });
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
    this.remember({ sample: null });
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
    this.filters.forget();
    this.termBar.forgetLabels();
    const open = this.card.sample?.sample_id;
    // Its tags and anchors are others now.
    if (open !== undefined) this.card.open(open).catch((error: Error) => say(error.message, "error"));
    if (this.state.colour === "label") void this.applyColours();
  }

  private async colour(colour: Colour): Promise<void> {
    this.remember({ colour });
    byId<HTMLSelectElement>("colour").value = colour;
    if (colour === "similarity") return this.colourBySimilarity();
    if (!this.results.isEmpty) this.clear();
    await this.applyColours();
  }

  /** To what was asked, else to the sound in hand. */
  private async colourBySimilarity(): Promise<void> {
    const { held } = this.stage;
    if (this.state.terms.length) await this.list();
    else if (held !== null) await this.ask([soundTerm(held)]);
    else await this.applyColours();
  }

  private async filter(filters: Partial<State>): Promise<void> {
    this.remember(filters);
    try {
      await this.filters.apply(this.state);
    } catch (error) {
      say((error as Error).message, "error");
    }
    if (this.state.terms.length) await this.list();
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
      search: () => this.searchBox.focus(),
      play: () => this.playOrStop(held),
      open: () => held !== null && void this.open(held).then(() => this.tabs.show("sound")),
      similar: () => held !== null && void this.ask([soundTerm(held)]),
      more: () => held !== null && void this.add(soundTerm(held, key.toLowerCase() === "i" ? 1 : -1)),
      select: () => held !== null && this.selection.toggle(held),
      anchor: () => this.nameSelection(),
      go: () => this.go(key),
      step: () => this.results.step(key.toLowerCase() === "j" ? 1 : -1),
      colour: () => void this.colour(COLOURS[(COLOURS.indexOf(this.state.colour) + 1) % COLOURS.length] as Colour),
      filter: () => this.filters.toggle(),
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
    this.filters.select(ids);
    this.results.redraw();
    this.labels.offer(this.stage.held);
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
