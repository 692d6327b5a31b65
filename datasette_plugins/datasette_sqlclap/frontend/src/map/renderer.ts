/** What draws the map by WebGL; there is one, made when it is first asked for. */

import { createRenderer } from "regl-scatterplot";

export type Renderer = ReturnType<typeof createRenderer>;

let made: Renderer | null | undefined;

/** The renderer, or null where the browser can't draw points. Making it takes a while, which points on their way take, too. */
export function renderer(): Renderer | null {
  if (made === undefined) made = make();
  return made;
}

function make(): Renderer | null {
  try {
    const able = createRenderer();
    // regl needs to write into floating point textures.
    return able.regl.hasExtension("OES_texture_float") ? able : null;
  } catch {
    return null;
  }
}
