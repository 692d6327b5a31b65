/** Lists of kept sounds by name, as the address holds them. */

export type Shelf = { kind: "favourites" | "ratings" | "notes" | "recent" } | { kind: "collection"; name: string };

const TITLES = { favourites: "Favourites", ratings: "Rated", notes: "With notes", recent: "Used of late" };
const COLLECTION = "in:";

export function shelfOf(shelf: Shelf): string {
  return shelf.kind === "collection" ? COLLECTION + shelf.name : shelf.kind;
}

/** Reads what an address names; null where it names no list. */
export function parseShelf(text: string): Shelf | null {
  if (text.startsWith(COLLECTION) && text.length > COLLECTION.length) return { kind: "collection", name: text.slice(COLLECTION.length, 250) };
  return text in TITLES ? { kind: text as keyof typeof TITLES } : null;
}

export function shelfTitle(shelf: Shelf): string {
  return shelf.kind === "collection" ? shelf.name : TITLES[shelf.kind];
}
