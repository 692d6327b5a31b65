import assert from "node:assert/strict";
import { test } from "node:test";

import { columnOf, decode, findId, toPlane } from "../../src/map/points.ts";

function payload(header: object, ...columns: ArrayBufferView[]): ArrayBuffer {
  let text = JSON.stringify(header);
  text += " ".repeat((4 - (text.length % 4)) % 4);
  const parts = columns.map((one) => Buffer.from(one.buffer, one.byteOffset, one.byteLength));
  const padded = parts.map((part) => Buffer.concat([part, Buffer.alloc((4 - (part.length % 4)) % 4)]));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const whole = Buffer.concat([Buffer.from("SQCP"), length, Buffer.from(text), ...padded]);
  return new Uint8Array(whole).buffer;
}

test("columns are read where the header says, in their types", () => {
  const header = {
    version: "1.1",
    count: 3,
    columns: [
      { name: "id", type: "u4", offset: 0 },
      { name: "x", type: "u2", offset: 12 },
      { name: "cluster", type: "i2", offset: 20 },
    ],
  };
  const bytes = payload(header, new Uint32Array([1, 5, 70000]), new Uint16Array([0, 9, 65535]), new Int16Array([-1, 0, 3]));
  const read = decode(bytes);
  assert.deepEqual([...columnOf(read, "id")], [1, 5, 70000]);
  assert.deepEqual([...columnOf(read, "x")], [0, 9, 65535]);
  assert.deepEqual([...columnOf(read, "cluster")], [-1, 0, 3]);
  assert.equal(read.header.version, "1.1");
});

test("anything else is refused", () => {
  assert.throws(() => decode(new ArrayBuffer(4)), /expected the map's points/);
  assert.throws(() => decode(new TextEncoder().encode("<html>...</html>").buffer as ArrayBuffer), /expected/);
  const odd = payload({ version: "1", count: 1, columns: [{ name: "a", type: "f9", offset: 0 }] }, new Uint8Array(4));
  assert.throws(() => decode(odd), /unknown type/);
  assert.throws(() => columnOf(decode(payload({ version: "1", count: 0, columns: [] })), "x"), /no column x/);
});

test("ids are found among ascending ones", () => {
  const ids = new Uint32Array([2, 3, 5, 8, 4000000000]);
  assert.deepEqual([2, 8, 4000000000, 1, 4, 9].map((id) => findId(ids, id)), [0, 3, 4, -1, -1, -1]);
  assert.equal(findId(new Uint32Array(0), 1), -1);
});

test("map units fill the plane", () => {
  assert.deepEqual([...toPlane([0, 65535])], [-1, 1]);
});
