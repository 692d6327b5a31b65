/** Files and recordings that were given to the page: their bytes, by the keys that the address has. */

export interface GivenSound {
  name: string;
  bytes: Blob;
  /** Recordings are never written anywhere: they go with the page. */
  isRecording: boolean;
}

/** How long a file outlives a reload. */
export type Keeping = "kept" | "this page";

const [DATABASE, STORE] = ["sqlclap-given-sounds", "sounds"];
/** Files that are kept in the browser; the oldest go. */
const MOST_KEPT = 12;
/** What the server takes as one request's body. */
export const LARGEST_BYTES = 25 * 2 ** 20;
export const MOST_GIVEN = 4;

export class GivenSounds {
  private readonly held = new Map<string, GivenSound>();
  private readonly keeping = new Map<string, Promise<Keeping>>();

  /** Takes a sound in; its key is new, so that back and forward find each by itself. */
  take(sound: GivenSound): string {
    const key = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`;
    this.held.set(key, sound);
    this.keeping.set(key, sound.isRecording ? Promise.resolve("this page") : this.store(key, sound));
    return key;
  }

  /** A sound that was given before, maybe to the page before a reload; null where it is gone. */
  async find(key: string): Promise<GivenSound | null> {
    const held = this.held.get(key);
    if (held) return held;
    try {
      const found = await asked<GivenSound & { key: string }>((store) => store.get(key), "readonly");
      if (!found) return null;
      this.held.set(key, found);
      this.keeping.set(key, Promise.resolve("kept"));
      return found;
    } catch {
      return null;
    }
  }

  /** Whether a sound will be there after a reload. */
  async kept(key: string): Promise<Keeping> {
    return (await this.keeping.get(key)) ?? "this page";
  }

  private async store(key: string, { name, bytes, isRecording }: GivenSound): Promise<Keeping> {
    try {
      await asked((store) => store.put({ key, name, bytes, isRecording }), "readwrite");
      const keys = (await asked<IDBValidKey[]>((store) => store.getAllKeys(), "readonly")) ?? [];
      // Keys begin with the time: the oldest come first.
      for (const old of keys.slice(0, -MOST_KEPT)) await asked((store) => store.delete(old), "readwrite");
      return "kept";
    } catch {
      return "this page"; // a private window, or no room
    }
  }
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

async function asked<Found>(ask: (store: IDBObjectStore) => IDBRequest, mode: IDBTransactionMode): Promise<Found | undefined> {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result as Found | undefined);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}
