/** The name of the sound under the pointer, beside its point; and names that are known already. */

import type { Api } from "../api/api.ts";
import { byId } from "../page/elements.ts";
import { fileName } from "../page/show.ts";

export class Paths {
  private readonly known = new Map<number, string>();

  constructor(private readonly api: Api) {}

  learn(rows: Iterable<{ sample_id: number; path: string }>): void {
    for (const row of rows) this.known.set(row.sample_id, row.path);
  }

  /** The path, or nothing where it isn't known yet. */
  get(id: number): string {
    return this.known.get(id) ?? "";
  }

  async find(id: number): Promise<string> {
    if (!this.known.has(id)) this.learn([await this.api.sample(id)]);
    return this.get(id);
  }
}

export class Tip {
  private readonly box = byId("tip");

  show(path: string, [x, y]: [number, number]): void {
    this.box.hidden = false;
    this.box.textContent = fileName(path);
    const width = this.box.parentElement?.clientWidth ?? 0;
    const left = Math.max(4, Math.min(width - this.box.offsetWidth - 4, x - this.box.offsetWidth / 2));
    const top = y > 48 ? y - this.box.offsetHeight - 12 : y + 14;
    this.box.style.transform = `translate(${left.toFixed(0)}px, ${top.toFixed(0)}px)`;
  }

  hide(): void {
    this.box.hidden = true;
  }
}
