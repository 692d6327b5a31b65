/** Asks for what a query finds: by a plain search where it has one term, else as a composed query. */

import type { ComposedSearch, Understood } from "../api/answers.ts";
import type { Api, Query } from "../api/api.ts";
import type { Config } from "../api/config.ts";
import type { Ask, Question } from "../list/results_panel.ts";
import { LARGEST_BYTES, MOST_GIVEN, type GivenSound, type GivenSounds } from "./given_sounds.ts";
import { formatRanges } from "./measures.ts";
import type { State } from "./state.ts";
import { asQuery, type GivenTerm, type Term } from "./terms.ts";

export type Way = "api/search" | "api/similar" | "api/similar-to" | "api/find";

/** The route that answers terms: a single one that is wanted is the search that it always was. */
export function wayOf(terms: readonly Term[], aspect = ""): Way {
  const [only] = terms;
  if (!only || terms.length > 1 || only.weight < 0) return "api/find";
  if (only.kind === "words") return "api/search";
  if (only.kind === "sound") return "api/similar";
  return only.kind === "given" && !aspect ? "api/similar-to" : "api/find";
}

/** A sound of its own may be looked for at other pitches; aspects, and moments, compare it as it is. */
export function canTranspose({ terms, aspect, moments, named }: Pick<State, "terms" | "aspect" | "moments" | "named">): boolean {
  const way = terms.length ? wayOf(terms, aspect) : null;
  return (way === "api/similar" || way === "api/similar-to") && !aspect && !moments && !named;
}

/** What an address says of filters, as the API takes it. */
export function narrowingOf(state: State): Query {
  return { ...state.said, min_length: state.min, max_length: state.max, measured: formatRanges(state.ranges) };
}

/** Servers cut addresses that are longer. */
const LONGEST_ADDRESS = 60_000;

/** A query whose given sounds are at hand. */
interface Ready {
  terms: Term[];
  sounds: GivenSound[];
}

export class Asking {
  /**
   * @param models the library's own model, and another one of it that answers to words, where its own has none
   */
  constructor(
    private readonly api: Api,
    private readonly given: GivenSounds,
    private readonly models: Pick<Config, "model" | "words">,
  ) {}

  /**
   * Makes a query ready to be asked.
   * @throws Error with a message for people, where nothing can be asked
   */
  async ready(state: State): Promise<Question> {
    const { terms, sounds, gone } = await this.found(state);
    const notes = gone.map((name) => `${name} is no longer here: give it to the page again. The query was asked without it.`);
    const { model } = this.options(state, terms);
    if (model) notes.push(`Found by ${model}${state.model ? "" : `: ${this.models.model ?? "the library's model"} has no words`}.`);
    return { ask: this.asks(state, { terms, sounds }), notes };
  }

  private asks(state: State, { terms, sounds }: Ready): Ask {
    const way = wayOf(terms, state.aspect);
    const [only] = terms;
    const options = this.options(state, terms);
    const narrowing = narrowingOf(state);
    return (part) => {
      const query = { ...narrowing, ...options, ...part };
      if (way === "api/search" && only?.kind === "words") return this.api.get(way, { q: only.words, ...query });
      if (way === "api/similar" && only?.kind === "sound") {
        return this.api.get(way, { sample: only.id, start_s: only.span?.start, end_s: only.span?.end, ...query });
      }
      if (way === "api/similar-to") return this.api.upload(way, query, (sounds[0] as GivenSound).bytes);
      return this.composed({ terms, sounds }, query);
    };
  }

  /** The query as SQL, for any client that has the library's functions. */
  async statement(state: State): Promise<string> {
    const { terms, sounds } = await this.found(state);
    const asked = { query: asQuery(terms, sounds.map((one) => one.bytes.size)), ...narrowingOf(state), ...this.options(state, terms), n: 100 };
    if (!sounds.length) return (await this.api.get("api/find/sql", asked)).sql;
    return (await this.api.upload("api/find/sql", asked, new Blob(sounds.map((one) => one.bytes)))).sql;
  }

  private options(state: State, terms: Term[]): Query {
    const inWords = terms.some((term) => term.kind === "words");
    return {
      model: state.model || (inWords ? this.models.words : null),
      events: state.moments ? "true" : null,
      or_text: state.named,
      measures: state.measures && inWords ? "true" : null,
      aspect: terms.some((term) => term.kind === "sound" && term.weight > 0) ? state.aspect : null,
      transpose: canTranspose({ ...state, terms }) ? state.transpose : null,
    };
  }

  private async composed({ terms, sounds }: Ready, query: Query): Promise<ComposedSearch> {
    const asked = { query: asQuery(terms, sounds.map((one) => one.bytes.size)), ...query };
    if (encodeURIComponent(asked.query).length > LONGEST_ADDRESS) throw new Error("This query is too long: take a term out, or some of its words.");
    if (!sounds.length) return this.api.get("api/find", asked);
    return this.api.upload("api/find", asked, new Blob(sounds.map((one) => one.bytes)));
  }

  /** The terms without those whose sounds are gone, and the sounds. */
  private async found(state: State): Promise<Ready & { gone: string[] }> {
    const sounds = new Map<Term, GivenSound | null>();
    for (const term of state.terms) if (term.kind === "given") sounds.set(term, await this.given.find(term.key));
    const gone = [...sounds].filter(([, sound]) => !sound).map(([term]) => (term as GivenTerm).name);
    const terms = state.terms.filter((term) => sounds.get(term) !== null);
    if (!terms.length) throw new Error(`${gone.join(", ")} is no longer here: give it to the page again.`);
    if (!terms.some((term) => term.weight > 0)) {
      throw new Error("Nothing is wanted yet: say what to look for, or turn a − into a +.");
    }
    const there = [...sounds.values()].filter((one) => one !== null);
    const bytes = there.reduce((sum, one) => sum + one.bytes.size, 0);
    if (bytes > LARGEST_BYTES) throw new Error("These sounds are too large: 25 MB together is the most.");
    if (there.length > MOST_GIVEN) throw new Error(`${MOST_GIVEN} files and recordings at a time are the most: take one out.`);
    return { terms, sounds: there, gone };
  }
}

/** Words of a query that were taken for measures, and words that quotes keep from it. */
export function quote(words: string, part: string): string {
  const at = words.toLowerCase().indexOf(part.toLowerCase());
  return at < 0 ? words : `${words.slice(0, at)}"${words.slice(at, at + part.length)}"${words.slice(at + part.length)}`;
}

export function unquote(words: string, part: string): string {
  return words.replace(`"${part}"`, part);
}

export function quotedIn(terms: readonly Term[]): string[] {
  return terms.flatMap((term) => (term.kind === "words" ? [...term.words.matchAll(/"([^"]+)"/g)].map((found) => found[1] as string) : []));
}

/** Whether a meaning can be turned off: it is of words that stand in the query. */
export function canTurnOff(one: Understood, terms: readonly Term[]): boolean {
  return terms.some((term) => term.kind === "words" && term.weight > 0 && term.words.toLowerCase().includes(one.words.toLowerCase())) && !one.means.startsWith("the model is asked");
}
