/** What the server wrote into the page. */

export interface Config {
  database: string;
  root: string;
  tables: string;
  samples: number;
  model: string | null;
  layout: string | null;
  mayLabel: boolean;
  readOnly: string;
  csrf: string;
}

export function readConfig(): Config {
  return JSON.parse(document.getElementById("config")?.textContent ?? "{}") as Config;
}
