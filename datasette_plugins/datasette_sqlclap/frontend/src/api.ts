/** The JSON API, typed. Every failure is an Error with a message for people. */

import type { Config } from "./config.ts";

export interface Match {
  rank: number;
  sample_id: number;
  path: string;
  score: number;
  duration_s?: number | null;
  weak?: boolean;
  hardly_heard?: boolean;
  confidence?: string;
  gap?: number | null;
  held_back_by?: string | null;
  rival_label?: string | null;
  rival_path?: string | null;
  status: string;
}

export interface SampleRow {
  sample_id: number;
  path: string;
  duration_s: number | null;
  format: string | null;
  status: string;
}

export interface Sample extends SampleRow {
  bytes: number;
  sample_rate: number | null;
  channels: number | null;
  peak_db: number | null;
  heard_share: number | null;
  pitch_hz: number | null;
  pitch_confidence: number | null;
  note: string | null;
  playable: boolean;
  tags: { label: string; score: number | null; confidence: string }[];
  anchor_of: { label: string; polarity: string; weight: number }[];
}

export interface Label {
  label_id: number;
  name: string;
  color: string | null;
  notes: string | null;
  threshold: number;
  gap: number;
  threshold_from: string;
  threshold_by_hand: number | null;
  anchors: number;
  negative_anchors: number;
  votes: number;
  accepted: number;
  rejected: number;
  unsure: number;
  tagged: number;
}

export type Query = Record<string, string | number | null | undefined>;

export class Api {
  constructor(private readonly config: Config) {}

  url(path: string, query: Query = {}): string {
    const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return this.config.root + path + (text ? `?${text}` : "");
  }

  audio(sampleId: number, asWav = false): string {
    return this.url(`sample/${sampleId}/audio`, asWav ? { format: "wav" } : {});
  }

  async get<Answer>(path: string, query: Query = {}, signal?: AbortSignal): Promise<Answer> {
    return this.read<Answer>(await fetch(this.url(path, query), { signal: signal ?? null }));
  }

  async bytes(path: string, query: Query = {}): Promise<ArrayBuffer> {
    const answer = await fetch(this.url(path, query));
    if (!answer.ok) await this.read(answer);
    return answer.arrayBuffer();
  }

  /** Whether what a path gives has another version than the one at hand; null stands for none. */
  async differs(path: string, version: string | null): Promise<boolean> {
    const headers: HeadersInit = version ? { "If-None-Match": `"${version}"` } : {};
    const answer = await fetch(this.url(path), { method: "HEAD", headers, cache: "no-store" });
    return answer.ok;
  }

  async post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.send<Answer>(path, {}, JSON.stringify(body), "application/json");
  }

  async upload<Answer>(path: string, query: Query, sound: Blob): Promise<Answer> {
    return this.send<Answer>(path, query, sound, "application/octet-stream");
  }

  private async send<Answer>(path: string, query: Query, body: BodyInit, type: string): Promise<Answer> {
    const headers = { "Content-Type": type, "X-CSRFToken": this.config.csrf };
    return this.read<Answer>(await fetch(this.url(path, query), { method: "POST", headers, body }));
  }

  private async read<Answer>(answer: Response): Promise<Answer> {
    const type = answer.headers.get("content-type") ?? "";
    if (!type.startsWith("application/json")) {
      throw new Error(answer.status === 403 ? "Refused: reload the page and try again" : `The server answered ${answer.status}`);
    }
    const value = (await answer.json()) as { ok?: boolean; error?: string };
    if (!answer.ok) throw new Error(value.error ?? `The server answered ${answer.status}`);
    return value as Answer;
  }
}
