/** Decodes the map's binary columns; see points.py for the format. */

import type { MissingShard } from "../api/answers.ts";

export interface Cluster {
  cluster: number;
  name: string;
  count: number;
  level: number;
  x: number;
  y: number;
}

export interface Header {
  version: string;
  count: number;
  clusters?: Cluster[];
  names?: string[];
  bounds?: number[];
  /** Shards of a set whose points are not there, or of a column by labels, whose tags are not. */
  missing?: MissingShard[];
  columns: { name: string; type: string; offset: number }[];
}

export type Column = Uint8Array | Uint16Array | Uint32Array | Int16Array | Float32Array | Float64Array;

/** Ids of sounds: those of a set are longer, and come as numbers that hold 53 bits. */
export type Ids = Uint32Array | Float64Array;

export interface Payload {
  header: Header;
  columns: Map<string, Column>;
}

const MAGIC = 0x50435153; // "SQCP", read as a little-endian number

const ARRAYS = {
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  i2: Int16Array,
  f4: Float32Array,
  f8: Float64Array,
} as const;

export function decode(buffer: ArrayBuffer): Payload {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, true) !== MAGIC) {
    throw new Error("expected the map's points, got something else");
  }
  const length = view.getUint32(4, true);
  const text = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
  const header = JSON.parse(text) as Header;
  const columns = new Map<string, Column>();
  for (const column of header.columns) {
    const array = ARRAYS[column.type as keyof typeof ARRAYS];
    if (!array) throw new Error(`unknown type of column ${column.name}: ${column.type}`);
    columns.set(column.name, new array(buffer, 8 + length + column.offset, header.count));
  }
  return { header, columns };
}

export function columnOf<Kind extends Column>(payload: Payload, name: string): Kind {
  const found = payload.columns.get(name);
  if (!found) throw new Error(`the points have no column ${name}`);
  return found as Kind;
}

/** Map units (0 to 65535) to the plane that WebGL draws (-1 to 1). */
export function toPlane(values: ArrayLike<number>): Float32Array {
  const plane = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += 1) plane[at] = (values[at] as number) / 32767.5 - 1;
  return plane;
}

/** The position of an id among ascending ids, or -1. */
export function findId(ids: Ids, id: number): number {
  let low = 0;
  let high = ids.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = ids[middle] as number;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
