/** Keys of the spectrogram. */

import type { Key } from "../page/keyboard.ts";

export const SPECTROGRAM_KEYS: Key[] = [
  { keys: [" "], command: "play", help: "Play from the cursor, or the span; stop" },
  { keys: ["ArrowLeft", "ArrowRight"], command: "step", help: "Move the cursor; with Shift, drag a span with it" },
  { keys: ["PageUp", "PageDown"], command: "page", help: "Half a view back, on" },
  { keys: ["Home", "End"], command: "end", help: "Cursor to the beginning, the end" },
  { keys: ["[", "]"], command: "edge", help: "The span begins, ends at the cursor" },
  { keys: ["+", "="], command: "closer", help: "Zoom in" },
  { keys: ["-"], command: "farther", help: "Zoom out" },
  { keys: ["0"], command: "all", help: "Show all of it" },
  { keys: ["z"], command: "to-span", help: "Zoom to the span" },
  { keys: ["n", "p"], command: "mark", help: "Next, previous event" },
  { keys: ["s"], command: "similar", help: "Search by the span" },
  { keys: ["Escape"], command: "leave", help: "Stop, let go of the span" },
];
