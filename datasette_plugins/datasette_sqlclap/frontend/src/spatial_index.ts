/** Sorts a map's points so that those near a place are found at once: a script of its own, for a thread of its own. */

import createKDBushClass from "../node_modules/regl-scatterplot/src/kdbush-class.js";
import { NODE_SIZE } from "./map/point_index.ts";

const KDBush = createKDBushClass();

/** The index of some points, as the plotting library takes it. */
export function indexOf(x: Float32Array, y: Float32Array): ArrayBuffer {
  const index = new KDBush(x.length, NODE_SIZE, Float32Array);
  for (let at = 0; at < x.length; at += 1) index.add(x[at] as number, y[at] as number);
  index.finish();
  return index.data;
}

if (!("document" in globalThis) && "onmessage" in globalThis) {
  addEventListener("message", ({ data }: MessageEvent<[Float32Array, Float32Array]>) => {
    const index = indexOf(...data);
    (postMessage as (message: unknown, transfer: Transferable[]) => void)(index, [index]);
  });
}
