/** The map page. */

import { Api } from "./api/api.ts";
import { Atlas } from "./map/atlas.ts";
import { readConfig } from "./api/config.ts";
import { byId, say } from "./page/elements.ts";
import { decode } from "./map/points.ts";
import { MapPage } from "./page/map_page.ts";

const config = readConfig();
const api = new Api(config);

async function loadAtlas(): Promise<Atlas | null> {
  if (!config.layout) return null;
  const base = decode(await api.bytes("api/points", { version: config.layout }));
  return new Atlas(base, api, byId("legend"));
}

async function start(): Promise<void> {
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
