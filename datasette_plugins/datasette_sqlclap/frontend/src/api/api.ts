/** The JSON API, typed. Every failure is an Error with a message for people. */

import type { Change, Reads, Refusal, Writes } from "./answers.ts";
import type { Config } from "./config.ts";

export type Query = Record<string, string | number | null | undefined>;

/** What a write did, as far as undoing it goes. */
export type Written = Pick<Change, "change_id" | "what">;

/** Posts that only ask: their bodies are too long for an address. */
const ASK: readonly (keyof Writes)[] = ["api/samples", "api/samples/order", "api/kept"];

/** The server says that this can't be asked: asking again would not help. */
export class Refused extends Error {}

export class Api {
  /** Something was written that can be undone. */
  written: (change: Written) => void = () => {};
  private readonly writing = new Set<Promise<unknown>>();

  constructor(private readonly config: Config) {}

  /** How many sounds the library had when the page was opened. */
  get samples(): number {
    return this.config.samples;
  }

  get readsLabels(): boolean {
    return this.config.readsLabels;
  }

  url(path: string, query: Query = {}): string {
    const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return this.config.root + path + (text ? `?${text}` : "");
  }

  audio(sampleId: number, asWav = false): string {
    return this.url(`sample/${sampleId}/audio`, asWav ? { format: "wav" } : {});
  }

  async get<Path extends keyof Reads>(path: Path, query: Query = {}, signal?: AbortSignal): Promise<Reads[Path]> {
    return this.read<Reads[Path]>(await reach(this.url(path, query), { signal: signal ?? null }));
  }

  async sample(sampleId: number): Promise<Reads["sample/ID"]> {
    return this.read<Reads["sample/ID"]>(await reach(this.url(`sample/${sampleId}`)));
  }

  /** What a route below a sample answers. */
  async ofSample<Path extends keyof Reads & `sample/ID/${string}`>(path: Path, sampleId: number, query: Query = {}): Promise<Reads[Path]> {
    return this.read<Reads[Path]>(await reach(this.url(path.replace("ID", String(sampleId)), query)));
  }

  async bytes(path: string, query: Query = {}, signal?: AbortSignal): Promise<ArrayBuffer> {
    const answer = await reach(this.url(path, query), { signal: signal ?? null });
    if (!answer.ok) await this.read(answer);
    return answer.arrayBuffer();
  }

  /** Whether what a path gives has another version than the one at hand; null stands for none. */
  async differs(path: string, version: string | null): Promise<boolean> {
    const headers: HeadersInit = version ? { "If-None-Match": `"${version}"` } : {};
    const answer = await reach(this.url(path), { method: "HEAD", headers, cache: "no-store" });
    return answer.ok;
  }

  /** The version of what a path gives. */
  async version(path: string): Promise<string> {
    const answer = await reach(this.url(path), { method: "HEAD", cache: "no-store" });
    const tag = answer.headers.get("etag");
    if (!answer.ok || !tag) throw new Error(`The server answered ${answer.status}`);
    return tag.replace(/^(W\/)?"|"$/g, "");
  }

  async post<Path extends keyof Writes>(path: Path, body: unknown): Promise<Writes[Path]> {
    return (await this.write(path, body)).answer;
  }

  /** Posts, and tells the change that was made; null where nothing is other than before. */
  async write<Path extends keyof Writes>(path: Path, body: unknown): Promise<{ answer: Writes[Path]; change: Written | null }> {
    const sending = this.send(path, {}, JSON.stringify(body), "application/json");
    if (ASK.includes(path)) return { answer: await this.read<Writes[Path]>(await sending), change: null };
    const writing = this.wrote<Path>(sending);
    this.writing.add(writing);
    const done = () => this.writing.delete(writing);
    writing.then(done, done);
    return writing;
  }

  /** Resolves when what is being written now has been answered. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.writing);
  }

  private async wrote<Path extends keyof Writes>(sending: Promise<Response>): Promise<{ answer: Writes[Path]; change: Written | null }> {
    const response = await sending;
    const answer = await this.read<Writes[Path]>(response);
    const change = changeOf(response.headers);
    if (change) this.written(change);
    return { answer, change };
  }

  /** Asks for a file by a body that may name many sounds. */
  async file(path: string, body: unknown): Promise<Blob> {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.config.csrf };
    const answer = await reach(this.url(path), { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) await this.read(answer);
    return answer.blob();
  }

  async upload<Path extends keyof Writes>(path: Path, query: Query, sound: Blob): Promise<Writes[Path]> {
    return this.read<Writes[Path]>(await this.send(path, query, sound, "application/octet-stream"));
  }

  private send(path: string, query: Query, body: BodyInit, type: string): Promise<Response> {
    const headers = { "Content-Type": type, "X-CSRFToken": this.config.csrf };
    return reach(this.url(path, query), { method: "POST", headers, body });
  }

  private async read<Answer>(answer: Response): Promise<Answer> {
    const type = answer.headers.get("content-type") ?? "";
    if (!type.startsWith("application/json")) {
      throw new Error(answer.status === 403 ? "Refused: reload the page and try again" : `The server answered ${answer.status}`);
    }
    const value = (await answer.json()) as Partial<Refusal>;
    if (answer.ok) return value as Answer;
    const why = value.error ?? `The server answered ${answer.status}`;
    throw answer.status < 500 ? new Refused(why) : new Error(why);
  }
}

/** Asks the server; where it isn't there, says so in words that are not the browser's. */
async function reach(url: string, asked: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, asked);
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error; // whoever asked has turned to something else
    throw new Error("The server can't be reached: see whether it still runs, then try again");
  }
}

function changeOf(headers: Headers): Written | null {
  const id = headers.get("Sqlclap-Change");
  return id === null ? null : { change_id: Number(id), what: decodeURIComponent(headers.get("Sqlclap-Change-Told") ?? "") };
}
