/** The map page. */

import type { MissingShard } from "./api/answers.ts";
import { Api } from "./api/api.ts";
import { Atlas } from "./map/atlas.ts";
import { readConfig } from "./api/config.ts";
import { Legend } from "./map/legend.ts";
import { byId, el, say } from "./page/elements.ts";
import { decode } from "./map/points.ts";
import { missingText } from "./page/missing.ts";
import { MapPage } from "./page/map_page.ts";
import { renderer } from "./map/renderer.ts";
import { LENGTH } from "./query/state.ts";

const config = readConfig();
const api = new Api(config);

async function loadAtlas(): Promise<Atlas | null> {
  if (!config.layout) return null;
  const points = api.bytes("api/points", { version: config.layout });
  await new Promise((then) => setTimeout(then)); // the page is seen before
  renderer();
  const base = decode(await points);
  const atlas = new Atlas(base, api, new Legend(byId("legend")), config.measured);
  atlas.partial = tellMissing;
  tellMissing(base.header.missing ?? []);
  return atlas;
}

function tellMissing(shards: readonly MissingShard[]): void {
  const missing = missingText(shards);
  byId("partial").hidden = !missing;
  byId("partial").textContent = missing;
}

/** Whatever is measured colours the map, too; the length stands among the foremost. */
function offerMeasures(): void {
  const others = config.measured.filter((column) => column.name !== LENGTH);
  if (others.length) byId("colour").append(el("optgroup", { label: "measured" }, ...others.map(({ name, label }) => el("option", { value: `measured:${name}` }, label))));
}

async function start(): Promise<void> {
  offerMeasures();
  let atlas: Atlas | null = null;
  try {
    atlas = await loadAtlas();
  } catch (error) {
    say((error as Error).message, "error");
  }
  const page = new MapPage(config, api, atlas);
  await page.start();
}

void start();
