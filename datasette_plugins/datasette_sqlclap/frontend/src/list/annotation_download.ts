/** Annotations to be saved as files of other programs: of a label, or of a recording. */

import type { Api } from "../api/api.ts";
import { el } from "../page/elements.ts";

/** As `sqlclap annotations export` knows them; a label track is of one recording. */
const FORMATS = { csv: "CSV", raven: "Raven", audacity: "Audacity", birdnet: "BirdNET", kaleidoscope: "Kaleidoscope" };
const KINDS = { votes: "votes", anchors: "anchors", tags: "tags" };

export function annotationDownload(api: Api, of: { label: string } | { sample: number }): HTMLElement {
  const formats = Object.entries(FORMATS).filter(([name]) => "sample" in of || name !== "audacity");
  const kind = choice("Whose spans", Object.entries(KINDS));
  const format = choice("Format", formats);
  const link = el("a", { class: "download", download: "" }, "Download");
  const follow = (): void => {
    link.href = api.url("api/annotations", { format: format.value, from: kind.value, ...of });
  };
  for (const field of [kind, format]) field.addEventListener("change", follow);
  follow();
  return el("details", { class: "annotations" }, el("summary", {}, "Annotations"), el("p", { class: "row" }, kind, format, link));
}

function choice(name: string, options: [string, string][]): HTMLSelectElement {
  return el("select", { "aria-label": name }, ...options.map(([value, text]) => el("option", { value }, text)));
}
