/** The query of the page: what box, bar and filters say is asked, and answered in the list. */

import type { Api } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import type { ResultsPanel } from "../list/results_panel.ts";
import type { Paths } from "../list/tip.ts";
import type { Atlas } from "../map/atlas.ts";
import { byId, orSay, say } from "../page/elements.ts";
import type { Address } from "./address.ts";
import { Asking } from "./asking.ts";
import { Completer } from "./completer.ts";
import { FilterForm } from "./filters.ts";
import { GivenSounds } from "./given_sounds.ts";
import { KnownWords } from "./known.ts";
import { SearchBox, type How } from "./search_box.ts";
import { showSql } from "./sql_dialog.ts";
import type { State } from "./state.ts";
import type { Suggestion } from "./suggestions.ts";
import { TermBar } from "./term_bar.ts";
import { labelTerm, nameOf, soundTerm, titleOf, withTerm, wordsTerm, type Term } from "./terms.ts";

/** What of the page the query works with. */
export interface QueryPage {
  api: Api;
  config: Config;
  atlas: Atlas | null;
  address: Address;
  paths: Paths;
  results: ResultsPanel;
}

export interface QueryHandlers {
  open(sampleId: number): void;
  showLabel(name: string): void;
  /** What passes the filters is listed: all of it, or of one cluster. */
  browse(list: string): Promise<void>;
  /** A question is asked. */
  asked(): void;
  /** An answer stands in the list. */
  answered(): Promise<void>;
  /** The query can't be asked: the list says why. */
  refused(): void;
  /** Nothing is asked any more. */
  cleared(): void;
}

export class QueryControl {
  readonly filters: FilterForm;
  private readonly given = new GivenSounds();
  private readonly asking: Asking;
  private readonly bar: TermBar;
  private readonly box: SearchBox;
  private readonly known: KnownWords;
  private readonly models = document.querySelector<HTMLSelectElement>("#model");

  constructor(
    private readonly page: QueryPage,
    private readonly handlers: QueryHandlers,
  ) {
    const { api, config, atlas } = page;
    this.filters = new FilterForm(atlas, api, config, (filters) => void this.filter(filters));
    this.asking = new Asking(api, this.given, config);
    this.bar = new TermBar(api, this.given, config.aspects, {
      ...handlers,
      changed: (changes, quietly) => void this.compose(changes, quietly),
      showSql: () => void this.showSql(),
      path: (id) => page.paths.find(id),
    });
    this.known = new KnownWords(api, config.database);
    const completing = { known: () => this.known.all(), take: (one: Suggestion) => void orSay(() => this.take(one)) };
    for (const id of ["words", "more-words"]) new Completer(byId<HTMLInputElement>(id), completing);
    this.models?.addEventListener("change", () => void this.by(this.models?.value ?? ""));
    this.box = new SearchBox({
      words: (words) => void this.search(words),
      sound: (sound, name, isRecording, how) => void this.hear(sound, name, isRecording, how),
      isAsking: () => this.isAsking,
    });
  }

  get isAsking(): boolean {
    return this.state.terms.length > 0;
  }

  focus(): void {
    this.box.focus();
  }

  /** Shows what an address asks for; the answer is asked for by `list`. */
  async show(state: State): Promise<void> {
    this.showTerms(state);
    await this.filters.show(state);
  }

  /** Asks for what is like a sound, and for nothing else. */
  async similar(id: number): Promise<void> {
    await this.compose({ terms: [soundTerm(id)] });
  }

  /** Adds a sound to the query; below 0, what it is like is not wanted. */
  async add(id: number, weight: number): Promise<void> {
    await this.compose({ terms: withTerm(this.state.terms, soundTerm(id, weight)) });
  }

  clear(): void {
    this.page.address.remember({ terms: [], named: "", aspect: "", transpose: "", browse: "" });
    this.showTerms(this.state);
    this.handlers.cleared();
  }

  /** Asks for nothing, and lists what there is. */
  browse(list: string): void {
    this.page.address.remember({ terms: [], named: "", aspect: "", transpose: "", browse: list });
    this.showTerms(this.state);
    void this.handlers.browse(list);
  }

  /** Lists where in their recordings matches are, or sounds again. */
  async asMoments(moments: boolean): Promise<void> {
    await this.compose({ moments });
  }

  /** Labels have come or gone. */
  forgetLabels(): void {
    this.filters.forget();
    this.bar.forgetLabels();
    this.known.forgetLabels();
  }

  /** Asks, then shows the answer in the list; only the last question counts. */
  async list(): Promise<void> {
    const { results } = this.page;
    this.handlers.asked();
    try {
      if (!(await results.show(this.title(this.state), this.asking.ready(this.state), this.state.moments))) return;
      this.bar.showMeanings(results.understood);
    } catch (error) {
      const why = (error as Error).message;
      results.refuse(why);
      this.handlers.refused();
      return say(why, "error");
    }
    await orSay(() => this.handlers.answered());
  }

  private get state(): State {
    return this.page.address.state;
  }

  /** Searches by words: as ever where there is one term at most, else as the words of the query. */
  private async search(words: string): Promise<void> {
    if (!words.trim()) return this.clear();
    this.known.remember(words);
    const { terms } = this.state;
    const term = wordsTerm(words);
    const at = terms.findIndex((one) => one.kind === "words" && one.weight > 0);
    if (terms.length < 2) await this.compose({ terms: [term] });
    else if (at < 0) await this.compose({ terms: withTerm(terms, term) });
    else await this.compose({ terms: terms.map((one, place) => (place === at ? { ...term, weight: one.weight } : one)) });
  }

  /** What the field has offered is taken: asked for, made a term, or a filter. */
  private async take(taken: Suggestion): Promise<void> {
    if (taken.does === "complete") return this.page.address.remember({ measures: true }, true);
    if (taken.does === "search") return this.search(taken.words);
    const words = taken.rest ? [wordsTerm(taken.rest)] : [];
    if (taken.does === "term") {
      return this.compose({ terms: withTerm(words.length && this.state.terms.length < 2 ? words : this.state.terms, labelTerm(taken.label)) });
    }
    this.page.address.remember({ said: { ...this.state.said, [taken.field]: taken.value } });
    if (taken.rest) await this.search(taken.rest);
    this.showTerms(this.state);
    await this.filters.show(this.state);
    if (!taken.rest) await this.filter({});
  }

  private async hear(sound: Blob, name: string, isRecording: boolean, how: How): Promise<void> {
    const term: Term = { kind: "given", key: this.given.take({ name, bytes: sound, isRecording }), name, weight: 1 };
    say(`Listening to ${name}…`);
    await this.compose({ terms: how === "added" ? withTerm(this.state.terms, term) : [term] });
  }

  /** Another query is asked; one without terms clears the list. */
  private async compose(changes: Partial<State>, quietly = false): Promise<void> {
    const terms = changes.terms ?? this.state.terms;
    if (!terms.length) return this.clear();
    this.page.address.remember({ ...changes, browse: "" }, quietly);
    this.showTerms(this.state);
    await this.list();
  }

  private async filter(filters: Partial<State>): Promise<void> {
    this.page.address.remember(filters);
    await orSay(() => this.filters.apply(this.state));
    if (this.isAsking) await this.list();
    else if (this.state.browse) await this.handlers.browse(this.state.browse);
  }

  /** Another of the library's models compares the sounds. */
  private async by(model: string): Promise<void> {
    this.page.address.remember({ model });
    if (this.isAsking) await this.list();
  }

  private showTerms(state: State): void {
    if (this.models) this.models.value = state.model;
    const words = state.terms.find((term) => term.kind === "words" && term.weight > 0);
    this.box.words = words?.kind === "words" ? words.words : "";
    this.bar.show(state);
  }

  private async title({ terms, named }: State): Promise<string> {
    const paths = terms.map((term) => (term.kind === "sound" ? this.page.paths.find(term.id).catch(() => "") : ""));
    const found = await Promise.all(paths);
    return titleOf(terms, terms.map((term, at) => nameOf(term, found[at] ?? "")), named);
  }

  private async showSql(): Promise<void> {
    const { config } = this.page;
    await orSay(async () => showSql(await this.asking.statement(this.state), config.runsSql ? config.tables : null));
  }
}
