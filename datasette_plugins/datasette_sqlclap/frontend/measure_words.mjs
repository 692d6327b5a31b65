// Reads sqlclap/finding/measure_words.toml, as far as the page offers its words: each with what it means.
import { readFileSync } from "node:fs";

export function wordsOf(table) {
  return table.split(/^\[\[measure\]\]$/m).slice(1).flatMap((part) => {
    const means = /^means = "([^"]+)"/m.exec(part)?.[1];
    const words = /^words = \[([^\]]*)\]/m.exec(part)?.[1];
    if (!means || !words) throw new Error(`measure_words.toml: a measure without means or words: ${part}`);
    return [...words.matchAll(/"([^"]+)"/g)].map(([, word]) => ({ word, means }));
  });
}

export const measureWords = {
  name: "measure-words",
  setup: (build) => build.onLoad({ filter: /measure_words\.toml$/ }, ({ path }) => ({ contents: JSON.stringify(wordsOf(readFileSync(path, "utf8"))), loader: "json" })),
};
