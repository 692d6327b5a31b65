/** Ties the map, the lists, the card, the player and the address together. */

import type { Match, SampleSearch, UploadSearch, WordSearch } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import type { Atlas } from "../map/atlas.ts";
import { Card } from "../list/card.ts";
import { categoryColour } from "./colours.ts";
import type { Config } from "../api/config.ts";
import { byId, el, say } from "./elements.ts";
import { FilterForm } from "../query/filters.ts";
import { MAP_KEYS, commandOf } from "./keyboard.ts";
import { MapStage } from "../map/map_stage.ts";
import { formatRanges } from "../query/measures.ts";
import { Player } from "../player/player.ts";
import { PlayerBar, showKeys } from "../player/player_bar.ts";
import { markRows, resultList, type ListHandlers } from "../list/results.ts";
import { SearchBox } from "../query/search_box.ts";
import { Selection } from "../list/selection.ts";
import { count, fileName } from "./show.ts";
import { COLOURS, format, parse, type Colour, type State } from "../query/state.ts";
import { followTheme } from "./theme.ts";
import { Paths } from "../list/tip.ts";
import { Watch } from "./watch.ts";

type Answer = WordSearch | SampleSearch | UploadSearch;

const FOUND = 200;
const FOUND_FOR_COLOUR = 1000;

export class MapPage {
  private state: State = parse(location.hash);
  /** The address as this page knows it: another one is about to be restored. */
  private address = location.hash;
  private readonly player = new Player((id, asWav) => this.api.audio(id, asWav));
  private readonly bar = new PlayerBar(this.player);
  private readonly lists: ListHandlers = {
    open: (id) => void this.open(id),
    play: (match) => this.play(match.sample_id),
    hover: (id) => this.stage.point(id),
  };
  private readonly card: Card;
  private readonly selection: Selection;
  private readonly stage: MapStage;
  private readonly filters: FilterForm;
  private readonly searchBox: SearchBox;
  private readonly paths: Paths;
  private readonly watch: Watch;
  private matches: Match[] = [];
  private asked = 0;
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
      similar: (id) => void this.similar(id),
      toggle: (id) => this.selection.toggle(id),
    });
    this.selection = new Selection(byId("selection"), api, this.player, config, {
      changed: () => this.stage.mark(this.selection.ids),
      labelled: () => this.labelled(),
    });
    this.stage = new MapStage(atlas, {
      hover: (id) => this.hover(id),
      open: (id) => void this.open(id),
      take: (ids) => this.selection.set(ids),
      moved: (view) => this.remember({ view }, true),
    });
    this.filters = new FilterForm(atlas, config.measured, (filters) => void this.filter(filters));
    this.searchBox = new SearchBox({
      words: (words) => void this.search(words),
      file: (file) => void this.searchByFile(file),
    });
  }

  async start(): Promise<void> {
    followTheme(() => void this.applyColours());
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => void this.restore(parse(location.hash)));
    byId<HTMLSelectElement>("colour").addEventListener("change", (event) => {
      void this.colour((event.target as HTMLSelectElement).value as Colour);
    });
    showKeys(MAP_KEYS);
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
    this.searchBox.words = state.words;
    byId<HTMLSelectElement>("colour").value = state.colour;
    await this.filters.show(state);
    if (turn === this.restoring && this.stale) await this.restoreList(state);
    if (turn === this.restoring && !first && String(state.view) !== String(before.view)) await this.stage.show(state.view);
    if (turn !== this.restoring) return;
    if (state.sample === null) this.putAway();
    else if (state.sample !== this.card.sample?.sample_id) await this.open(state.sample, false);
    document.body.dataset["ready"] = "yes";
  }

  private async restoreList(state: State): Promise<void> {
    this.stale = false;
    if (state.words) return this.search(state.words);
    if (state.similar !== null) return this.similar(state.similar);
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

  private async search(words: string): Promise<void> {
    if (!words.trim()) return this.clear();
    this.remember({ words, similar: null });
    await this.list(`“${words}”`, () => this.api.get("api/search", { q: words, model: this.config.words, ...this.narrowing() }));
  }

  private async similar(id: number): Promise<void> {
    this.remember({ words: "", similar: id });
    this.searchBox.words = "";
    const title = this.paths.find(id).then((path) => `like ${fileName(path)}`);
    await this.list(title, () => this.api.get("api/similar", { sample: id, ...this.narrowing() }));
  }

  private async searchByFile(file: File): Promise<void> {
    this.remember({ words: "", similar: null });
    this.searchBox.words = "";
    say(`Listening to ${file.name}…`);
    await this.list(`like ${file.name}`, () => this.api.upload("api/similar-to", this.narrowing(), file));
  }

  private narrowing(): Record<string, string | number | null> {
    const { label, min, max, ranges, colour } = this.state;
    const n = colour === "similarity" ? FOUND_FOR_COLOUR : FOUND;
    return { n, folder: this.filters.folderForSearch, label, min_length: min, max_length: max, measured: formatRanges(ranges) };
  }

  /** Asks, then shows the answer in the list and on the map; only the last question counts. */
  private async list(title: string | Promise<string>, ask: () => Promise<Answer>): Promise<void> {
    const turn = (this.asked += 1);
    try {
      const [answer, named] = await Promise.all([ask(), title]);
      const { matches, model, doubt, note: narrowed } = answer;
      if (turn !== this.asked) return;
      this.matches = matches;
      this.paths.learn(matches);
      const strong = matches.filter((match) => !match.weak).length;
      const heading = el("h2", {}, `${count(strong || matches.length, "sound")} for ${named}`);
      const clear = el("button", { type: "button", class: "close", "aria-label": "Clear the search", textContent: "×", onclick: () => this.clear() });
      const warning = doubt ? `Doubtful: ${doubt}.` : matches.length && !strong ? "Only weak matches: nothing here may be what you mean." : "";
      const heard = "notes" in answer && answer.notes.length ? `Of the sound given: ${answer.notes.join("; ")}.` : "";
      const other = model && model !== this.config.model ? `Found by ${model}: ${this.config.model} has no words.` : "";
      const said = [other, warning, heard, narrowed ?? ""].filter(Boolean).map((text) => el("p", { class: "note" }, text));
      byId("results").replaceChildren(el("header", {}, heading, clear), ...said, resultList(matches.slice(0, 100), this.api, this.lists));
      markRows(this.stage.held, byId("results"));
      say(`${count(matches.length, "sound")} found`);
      this.atlas?.light(this.state.colour === "similarity" ? scores(matches) : scores(worthLighting(matches, this.atlas.count)));
      await this.applyColours();
    } catch (error) {
      if (turn === this.asked) say((error as Error).message, "error");
    }
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
    this.searchBox.words = "";
    this.remember({ words: "", similar: null });
    this.forgetAnswer();
    void this.applyColours();
  }

  private forgetAnswer(): void {
    this.asked += 1;
    this.matches = [];
    this.atlas?.light(new Map());
    this.welcome();
  }

  /** What stands in the side panel before anything is asked: the clusters, as a list. */
  private welcome(): void {
    const box = byId("results");
    const clusters = [...(this.atlas?.base.header.clusters ?? [])].filter((one) => one.name && one.level === 0).sort((a, b) => b.count - a.count);
    const list = el("ul", { class: "clusters" });
    for (const cluster of clusters) {
      const go = () => this.stage.goToCluster(cluster.cluster);
      const dot = el("i", { class: "dot" });
      dot.style.background = categoryColour(cluster.cluster);
      const size = el("span", { class: "score" }, cluster.count.toLocaleString("en"));
      list.append(el("li", {}, el("button", { type: "button", onclick: go }, dot, el("span", {}, cluster.name), size)));
    }
    const title = el("h2", {}, count(this.config.samples, "sound"));
    const touched = matchMedia("(hover: none)").matches;
    const hint = el("p", { class: "hint" }, touched ? "Search by words or by a file, or tap a sound on the map." : "Search by words, drop a sound, or click one on the map.");
    box.replaceChildren(title, hint, ...(clusters.length ? [el("h3", {}, "Clusters"), list] : []));
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
      say(fileName(sample.path));
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  /** Takes a sound in hand: on the map, and in the lists. */
  private take(id: number | null): void {
    this.stage.hold(id);
    markRows(id, byId("results"));
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
      if (aloud && this.stage.held === id) say(fileName(path));
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private labelled(): void {
    this.atlas?.forgetLabels();
    this.filters.forget();
    const open = this.card.sample?.sample_id;
    // Its tags and anchors are others now.
    if (open !== undefined && this.selection.ids.has(open)) this.card.open(open).catch((error: Error) => say(error.message, "error"));
    if (this.state.colour === "label") void this.applyColours();
  }

  private async colour(colour: Colour): Promise<void> {
    this.remember({ colour });
    byId<HTMLSelectElement>("colour").value = colour;
    if (colour === "similarity") return this.colourBySimilarity();
    if (this.matches.length) this.clear();
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
    this.remember(filters);
    try {
      await this.filters.apply(this.state);
    } catch (error) {
      say((error as Error).message, "error");
    }
    if (this.state.words) await this.search(this.state.words);
    else if (this.state.similar !== null) await this.similar(this.state.similar);
  }

  private key(event: KeyboardEvent): void {
    if (byId<HTMLDialogElement>("help").open) return;
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
      open: () => held !== null && void this.open(held),
      similar: () => held !== null && void this.similar(held),
      select: () => held !== null && this.selection.toggle(held),
      anchor: () => this.selection.name(),
      go: () => this.go(key),
      step: () => this.stepResult(key.toLowerCase() === "j" ? 1 : -1),
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
    markRows(id, byId("results"));
    if (this.bar.hoverPlays) this.play(id);
    void this.name(id, true);
  }

  private stepResult(by: number): void {
    if (!this.matches.length) return;
    const now = this.matches.findIndex((match) => match.sample_id === this.stage.held);
    const next = this.matches[Math.min(this.matches.length - 1, Math.max(0, now + by))];
    if (next) void this.open(next.sample_id);
  }

  private leave(): void {
    (document.activeElement as HTMLElement | null)?.blur();
    if (this.selection.ids.size) this.selection.set([]);
    else if (this.card.sample) this.close();
    else this.clear();
    this.player.stop();
  }
}

/** What of an address decides the list and the colours. */
function asks(state: State): string {
  return format({ ...state, sample: null, view: null });
}

/** Lights show where an answer lies: matches that mean something, or the first few; not everything. */
function worthLighting(matches: Match[], total: number): Match[] {
  const most = Math.max(24, Math.ceil(total * 0.02));
  const strong = matches.filter((match) => !match.weak);
  return (strong.length ? strong : matches.slice(0, 8)).slice(0, most);
}

function scores(matches: Match[]): Map<number, number> {
  return new Map(matches.map((match) => [match.sample_id, match.score]));
}
