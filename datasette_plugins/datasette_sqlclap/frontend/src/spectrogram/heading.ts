/** Which sound it is, when it was recorded, or why there is nothing to see. */

import type { Reads } from "../api/answers.ts";
import type { Api } from "../api/api.ts";
import { byId, el } from "../page/elements.ts";
import { fileName, seconds } from "../page/show.ts";
import { frequencyText } from "./axes.ts";

export class Heading {
  private readonly facts = byId("facts");

  show(told: Reads["sample/ID/spectrogram"]): void {
    const name = fileName(told.path);
    byId("lacking").hidden = true;
    byId("seen").hidden = false;
    byId("name").textContent = name;
    byId("name").title = told.path;
    document.title = `${name}: spectrogram`;
    const onMap = el("a", { href: `map#sample=${told.sample_id}` }, "On the map");
    this.facts.replaceChildren(`${seconds(told.duration_s)} · ${told.sample_rate / 1000} kHz · `, onMap);
    const about = `Spectrogram of ${name}, ${seconds(told.duration_s)}, up to ${frequencyText(told.sample_rate / 2)}. Arrow keys move the cursor, with Shift they select.`;
    byId("picture").setAttribute("aria-label", about);
  }

  /** Tells when and where it was recorded; nothing where only the file's own time is known, or times may not be seen. */
  async tellWhen(api: Api, sample: number, isShown: () => boolean): Promise<string | null> {
    try {
      const [found] = (await api.get("api/recordings", { sample, n: 1 })).recordings;
      if (!found || !isShown() || found.time_source === "file") return null;
      const place = found.site ?? found.deployment;
      const day = el("a", { href: `recordings#from=${found.started_at.slice(0, 10)}` }, "That day");
      this.facts.prepend(`${found.started_at.replace("T", " ")}${place ? ` · ${place}` : ""} · `, day, " · ");
      return found.started_at;
    } catch {
      return null;
    }
  }

  lack(message: string): void {
    byId("seen").hidden = true;
    byId("lacking").hidden = false;
    const ways = el("p", {}, el("a", { href: "recordings" }, "Recordings"), " · ", el("a", { href: "map" }, "Map"));
    byId("lacking").replaceChildren(el("p", {}, message), ways);
  }
}
