/** Keys and what they do; one table feeds both the handler and the help. */

export interface Key {
  keys: string[];
  command: string;
  help: string;
}

export const MAP_KEYS: Key[] = [
  { keys: ["/"], command: "search", help: "Search by words" },
  { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], command: "go", help: "Next sound in that direction" },
  { keys: ["Enter"], command: "open", help: "Open the sound in hand" },
  { keys: [" "], command: "play", help: "Play, stop" },
  { keys: ["n"], command: "similar", help: "Sounds like the one in hand" },
  { keys: ["i", "u"], command: "more", help: "Add the sound in hand to the query: more like it, less like it" },
  { keys: ["j", "k"], command: "step", help: "Next, previous sound of the list, played" },
  { keys: [",", "."], command: "scrub", help: "Back, forwards in the sound" },
  { keys: ["o"], command: "loop", help: "Loop, or not" },
  { keys: ["v"], command: "loudness", help: "All equally loud, or as they are" },
  { keys: ["t"], command: "tempo", help: "Loops in one tempo, or in their own" },
  { keys: ["b"], command: "slower", help: "Slower and lower (bats), or as it is" },
  { keys: ["w"], command: "sweep", help: "Sweep: play all that the pointer passes" },
  { keys: ["s"], command: "select", help: "Take the sound into the selection, or out" },
  { keys: ["a"], command: "anchor", help: "Make the selection anchors" },
  { keys: ["l"], command: "lasso", help: "Lasso" },
  { keys: ["r"], command: "rectangle", help: "Rectangle" },
  { keys: ["p"], command: "pan", help: "Pan" },
  { keys: ["+", "="], command: "zoom-in", help: "Zoom in" },
  { keys: ["-"], command: "zoom-out", help: "Zoom out" },
  { keys: ["0"], command: "fit", help: "Show the map; again: every sound, those too that lie far out" },
  { keys: ["c"], command: "colour", help: "Next colouring" },
  { keys: ["g"], command: "density", help: "Lines around where sounds lie dense, or none" },
  { keys: ["f"], command: "filter", help: "Filters" },
  { keys: ["m"], command: "hover-plays", help: "Hover plays, or not" },
  { keys: ["d"], command: "frames", help: "Frame times" },
  { keys: ["Escape"], command: "leave", help: "Close, clear" },
  { keys: ["?"], command: "help", help: "These keys" },
];

/** In a list; others go on as on the map. */
export const LIST_KEYS: Key[] = [
  { keys: ["ArrowUp", "ArrowDown"], command: "go", help: "In a list: previous, next sound; with Shift select it" },
  { keys: ["x"], command: "select", help: "In a list: select the sound, or not" },
  { keys: ["Ctrl+A"], command: "all", help: "In a list: select all" },
];

export const REVIEW_KEYS: Key[] = [
  { keys: [" "], command: "play", help: "Play again" },
  { keys: ["ArrowRight"], command: "accept", help: "It is one" },
  { keys: ["ArrowLeft"], command: "reject", help: "It is none" },
  { keys: ["ArrowDown"], command: "unsure", help: "Unsure" },
  { keys: ["u"], command: "undo", help: "Undo" },
  { keys: ["Escape"], command: "leave", help: "Stop" },
];

/** In the map page's tab of labels, while a sound is asked about; arrows and Space stay the map's. */
export const ASKING_KEYS: Key[] = [
  { keys: ["y"], command: "accept", help: "While a label asks: it is one" },
  { keys: ["n"], command: "reject", help: "While a label asks: it is none" },
  { keys: ["s"], command: "unsure", help: "While a label asks: skip it" },
  { keys: ["u"], command: "undo", help: "While a label asks: undo" },
  { keys: [" "], command: "play", help: "While a label asks: play again" },
  { keys: ["Escape"], command: "leave", help: "While a label asks: stop" },
];

/** With Ctrl, or Cmd on a Mac. */
export const UNDO_KEYS: Key[] = [
  { keys: ["Ctrl+Z"], command: "undo", help: "Undo what was done last" },
  { keys: ["Ctrl+Shift+Z", "Ctrl+Y"], command: "redo", help: "Do again what was undone" },
];

/** Of the selected sounds, else of the one in hand. */
export const CURATE_KEYS: Key[] = [
  { keys: ["h"], command: "favourite", help: "Favourite, or not" },
  { keys: ["1", "2", "3", "4", "5"], command: "rate", help: "Rate with so many stars; the same again takes them away" },
];

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey?: boolean;
}

interface Target {
  tag: string;
  type?: string;
}

/** Keys are a dialog's own while one is open: Escape closes it. */
export function isInDialog(): boolean {
  return document.querySelector("dialog[open]") !== null;
}

/** Where a key was pressed. */
export function targetOf(event: KeyboardEvent): Target {
  const { tagName: tag, type } = event.target as HTMLInputElement;
  return { tag, type };
}

/** The command of a key, unless it belongs to the browser or to a field that is typed into. */
export function commandOf(table: Key[], pressed: Pressed, target: Target): string | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey) return null;
  if (isTyping(target) && pressed.key !== "Escape") return null;
  const own = target.tag === "BUTTON" || target.tag === "A" || target.tag === "INPUT" || target.tag === "SUMMARY";
  if (own && [" ", "Enter"].includes(pressed.key)) return null;
  if (target.type === "range" && pressed.key.startsWith("Arrow")) return null;
  const key = pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key;
  return table.find((one) => one.keys.includes(key))?.command ?? null;
}

/** The command of a key with Ctrl or Cmd; a field that is typed into keeps its own. */
export function chordOf(table: Key[], pressed: Pressed, target: Target): string | null {
  if (!(pressed.ctrlKey || pressed.metaKey) || pressed.altKey || isTyping(target)) return null;
  const chord = `Ctrl+${pressed.shiftKey ? "Shift+" : ""}${pressed.key.toUpperCase()}`;
  return table.find((one) => one.keys.includes(chord))?.command ?? null;
}

function isTyping(target: Target): boolean {
  const typed = target.tag === "INPUT" && !["checkbox", "range", "file"].includes(target.type ?? "text");
  return typed || target.tag === "TEXTAREA" || target.tag === "SELECT";
}

const NAMES: Record<string, string> = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
};

export function keyName(key: string): string {
  return NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}
