/** The index by which points near the pointer are found: a map is painted before it is there. */

export const NODE_SIZE = 16;
const HEADER = 8;
/** Marks an index of the first edition, whose places are of four bytes. */
const MAGIC = [0xdb, 0x17];

/** An index in which nothing is found, of the size of that of so many points. */
export function emptyIndex(count: number): ArrayBuffer {
  const ids = count * (count < 65_536 ? 2 : 4);
  const places = HEADER + ids + ((8 - (ids % 8)) % 8);
  const index = new ArrayBuffer(places + count * 8);
  new Uint8Array(index).set(MAGIC);
  new Uint16Array(index, 2, 1)[0] = NODE_SIZE;
  new Uint32Array(index, 4, 1)[0] = count;
  return index.byteLength > places ? (new Float32Array(index, places).fill(NaN), index) : index;
}

/** Fills an empty index in; whoever holds it finds points from then on. */
export async function fillIndex(index: ArrayBuffer, x: Float32Array, y: Float32Array): Promise<void> {
  const made = await madeApart(x, y).catch(async () => (await import("../spatial_index.ts")).indexOf(x, y));
  new Uint8Array(index).set(new Uint8Array(made));
}

function madeApart(x: Float32Array, y: Float32Array): Promise<ArrayBuffer> {
  const worker = new Worker(new URL("./spatial_index.js", import.meta.url), { type: "module" });
  return new Promise<ArrayBuffer>((made, failed) => {
    worker.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => made(data);
    worker.onerror = () => failed(new Error("no thread could be begun"));
    worker.postMessage([x, y]);
  }).finally(() => worker.terminate());
}
