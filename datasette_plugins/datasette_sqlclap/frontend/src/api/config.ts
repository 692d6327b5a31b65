/** What the server wrote into the page. */

import type { Measured } from "../query/measures.ts";

export interface Config {
  database: string;
  root: string;
  /** Datasette's page of the tables; empty for a set, which has none. */
  tables: string;
  samples: number;
  model: string | null;
  /** Another model of the library, which answers to words where its own has none. */
  words: string | null;
  layout: string | null;
  mayLabel: boolean;
  /** Whether the visitor is told where files lie. */
  seesPaths: boolean;
  /** Whether the visitor may see the tables that annotations are read from. */
  readsLabels: boolean;
  /** Whether the visitor may see favourites, ratings, notes and collections. */
  readsKept: boolean;
  readOnly: string;
  csrf: string;
  measured: Measured[];
  /** In what sounds can be alike: timbre first. */
  aspects: string[];
  /** Whether the visitor may run SQL of their own. */
  runsSql: boolean;
}

export function readConfig(): Config {
  return JSON.parse(document.getElementById("config")?.textContent ?? "{}") as Config;
}
