/** Ties the map, the lists, the card, the player and the address together. */

import type { Api, Match } from "./api.ts";
import type { Atlas } from "./atlas.ts";
import { Card } from "./card.ts";
import type { Config } from "./config.ts";
import { byId, el, say } from "./elements.ts";
import { FilterForm } from "./filters.ts";
import { MAP_KEYS, commandOf } from "./keyboard.ts";
import { MapStage } from "./map_stage.ts";
import { Player } from "./player.ts";
import { PlayerBar, showKeys } from "./player_bar.ts";
import { resultList, type ListHandlers } from "./results.ts";
import { SearchBox } from "./search_box.ts";
import { Selection } from "./selection.ts";
import { count, fileName } from "./show.ts";
import { COLOURS, format, parse, type Colour, type State } from "./state.ts";
import { followTheme } from "./theme.ts";

interface Answer {
  matches: Match[];
}

export class MapPage {
  private state: State = parse(location.hash);
  private readonly player = new Player((id, asWav) => this.api.audio(id, asWav));
  private readonly bar = new PlayerBar(this.player);
  private readonly lists: ListHandlers = {
    open: (id) => void this.open(id),
    play: (match) => this.player.play({ id: match.sample_id, name: match.path }),
    hover: (id) => this.stage.point(id),
  };
  private readonly card: Card;
  private readonly selection: Selection;
  private readonly stage: MapStage;
  private readonly filters: FilterForm;
  private readonly searchBox: SearchBox;
  private matches: Match[] = [];
  private asked = 0;

  constructor(
    private readonly config: Config,
    private readonly api: Api,
    private readonly atlas: Atlas | null,
  ) {
    this.card = new Card(byId("card"), api, this.player, {
      ...this.lists,
      close: () => this.close(),
      similar: (id) => void this.similar(id),
      toggle: (id) => this.selection.toggle(id),
    });
    this.selection = new Selection(byId("selection"), api, this.player, config, () => this.marked());
    this.stage = new MapStage(atlas, {
      hear: (id) => this.hear(id),
      open: (id) => void this.open(id),
      take: (ids) => this.selection.set(ids),
      moved: (view) => this.remember({ view }, true),
    });
    this.filters = new FilterForm(atlas, (filters) => void this.filter(filters));
    this.searchBox = new SearchBox({
      words: (words) => void this.search(words),
      file: (file) => void this.searchByFile(file),
    });
  }

  async start(): Promise<void> {
    followTheme(() => void this.stage.dress(this.state.colour));
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("hashchange", () => void this.restore(parse(location.hash)));
    byId<HTMLSelectElement>("colour").addEventListener("change", (event) => {
      void this.colour((event.target as HTMLSelectElement).value as Colour);
    });
    showKeys(MAP_KEYS);
    await this.stage.start(this.state);
    await this.restore(this.state);
  }

  /** Brings the page to what an address says. */
  private async restore(state: State): Promise<void> {
    if (format(state) === format(this.state) && this.asked) return;
    this.state = state;
    this.asked += 1;
    this.searchBox.words = state.words;
    byId<HTMLSelectElement>("colour").value = state.colour;
    await this.filters.show(state);
    if (state.words) await this.search(state.words);
    else if (state.similar !== null) await this.similar(state.similar);
    else this.welcome();
    if (state.sample !== null && state.sample !== this.card.sample?.sample_id) await this.open(state.sample, false);
    document.body.dataset["ready"] = "yes";
    Object.assign((window as unknown as { sqlclap?: object }).sqlclap ?? {}, { player: this.player });
  }

  private remember(changes: Partial<State>, quietly = false): void {
    this.state = { ...this.state, ...changes };
    const address = format(this.state) || location.pathname + location.search;
    if (address === location.hash) return;
    if (quietly) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  }

  private async search(words: string): Promise<void> {
    if (!words.trim()) return this.clear();
    this.remember({ words, similar: null });
    await this.list(`“${words}”`, () => this.api.get<Answer>("api/search", { q: words, n: 200, ...this.narrowing() }));
  }

  private async similar(id: number): Promise<void> {
    this.remember({ words: "", similar: id });
    this.searchBox.words = "";
    const name = this.card.sample?.sample_id === id ? fileName(this.card.sample.path) : `sample ${id}`;
    await this.list(`like ${name}`, () => this.api.get<Answer>("api/similar", { sample: id, n: 200, ...this.narrowing() }));
  }

  private async searchByFile(file: File): Promise<void> {
    this.remember({ words: "", similar: null });
    this.searchBox.words = "";
    say(`Listening to ${file.name}…`);
    await this.list(`like ${file.name}`, () => this.api.upload<Answer>("api/similar-to", { n: 200, ...this.narrowing() }, file));
  }

  private narrowing(): Record<string, string | number | null> {
    const { tag, min, max } = this.state;
    return { folder: this.filters.folderForSearch, tag, min_length: min, max_length: max };
  }

  /** Asks, then shows the answer in the list and on the map; only the last question counts. */
  private async list(title: string, ask: () => Promise<Answer>): Promise<void> {
    const turn = (this.asked += 1);
    try {
      const { matches } = await ask();
      if (turn !== this.asked) return;
      this.matches = matches;
      const strong = matches.filter((match) => !match.weak).length;
      const heading = el("h2", {}, `${count(strong || matches.length, "sound")} for ${title}`);
      const clear = el("button", { type: "button", class: "close", "aria-label": "Clear the search", textContent: "×", onclick: () => this.clear() });
      const note = matches.length && !strong ? el("p", { class: "note" }, "Only weak matches: nothing here may be what you mean.") : null;
      byId("results").replaceChildren(el("header", {}, heading, clear), ...(note ? [note] : []), resultList(matches.slice(0, 100), this.api, this.lists));
      say(`${count(matches.length, "sound")} found`);
      this.atlas?.light(worthLighting(matches, this.atlas.count));
      await this.stage.dress(this.state.colour);
    } catch (error) {
      if (turn === this.asked) say((error as Error).message, "error");
    }
  }

  private clear(): void {
    this.asked += 1;
    this.matches = [];
    this.searchBox.words = "";
    this.remember({ words: "", similar: null });
    this.atlas?.light(new Map());
    this.welcome();
    void this.stage.dress(this.state.colour);
  }

  /** What stands in the side panel before anything is asked: the clusters, as a list. */
  private welcome(): void {
    const box = byId("results");
    const clusters = [...(this.atlas?.base.header.clusters ?? [])].filter((one) => one.name && one.level === 0).sort((a, b) => b.count - a.count);
    const list = el("ul", { class: "clusters" });
    for (const cluster of clusters) {
      const go = () => this.stage.goToCluster(cluster.cluster);
      list.append(el("li", {}, el("button", { type: "button", onclick: go }, cluster.name, el("span", { class: "score" }, String(cluster.count)))));
    }
    const title = el("h2", {}, count(this.config.samples, "sound"));
    const hint = el("p", { class: "hint" }, "Search by words, drop a sound, or click one on the map.");
    box.replaceChildren(title, hint, ...(clusters.length ? [el("h3", {}, "Clusters"), list] : []));
  }

  private async open(id: number, push = true): Promise<void> {
    if (push) this.remember({ sample: id });
    try {
      const sample = await this.card.open(id);
      this.stage.hold(id);
      if (push && sample.playable) this.player.play({ id, name: sample.path });
      say(fileName(sample.path));
    } catch (error) {
      say((error as Error).message, "error");
    }
  }

  private close(): void {
    this.card.close();
    this.stage.hold(null);
    this.remember({ sample: null });
    this.marked();
  }

  private hear(id: number): void {
    if (this.bar.hoverPlays) this.player.play({ id, name: `sample ${id}` });
  }

  private marked(): void {
    this.atlas?.forget("tag");
    this.stage.mark(this.selection.ids);
  }

  private async colour(colour: Colour): Promise<void> {
    this.remember({ colour });
    byId<HTMLSelectElement>("colour").value = colour;
    if (colour !== "similarity" && this.matches.length) this.clear();
    await this.stage.dress(colour);
  }

  private async filter(filters: Partial<State>): Promise<void> {
    this.remember(filters);
    await this.filters.apply(this.state);
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
      play: () => (held !== null && this.player.track?.id !== held ? this.hearAnyway(held) : this.player.toggle()),
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

  private hearAnyway(id: number): void {
    this.player.play({ id, name: `sample ${id}` });
  }

  private go(key: string): void {
    const id = this.stage.go(key);
    if (id !== null) this.hear(id);
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

/** Lights show where an answer lies: matches that mean something, or the first few; not everything. */
function worthLighting(matches: Match[], total: number): Map<number, number> {
  const most = Math.max(24, Math.ceil(total * 0.02));
  const strong = matches.filter((match) => !match.weak);
  const lit = (strong.length ? strong : matches.slice(0, 8)).slice(0, most);
  return new Map(lit.map((match) => [match.sample_id, match.score]));
}
