import assert from "node:assert/strict";
import { test } from "node:test";

import { shade, spectrogram, transform } from "../../src/player/spectrogram.ts";
import { readWav } from "../../src/player/wav.ts";

function wav(rate: number, channels: number, samples: number[], extra = 0): ArrayBuffer {
  const bytes = new ArrayBuffer(44 + extra + 2 * samples.length);
  const view = new DataView(bytes);
  const write = (at: number, text: string) => [...text].forEach((sign, place) => view.setUint8(at + place, sign.charCodeAt(0)));
  write(0, "RIFF");
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rate, true);
  let at = 36;
  if (extra) {
    write(at, "LIST");
    view.setUint32(at + 4, extra - 8, true);
    at += extra;
  }
  write(at, "data");
  view.setUint32(at + 4, 2 * samples.length, true);
  samples.forEach((value, place) => view.setInt16(at + 8 + 2 * place, value, true));
  return bytes;
}

test("a WAV is read with its own rate, channels mixed, other chunks passed over", () => {
  const mono = readWav(wav(22_050, 1, [0, 16384, -16384], 12));
  assert.deepEqual([mono.rate, [...mono.samples]], [22_050, [0, 0.5, -0.5]]);
  assert.deepEqual([...readWav(wav(48_000, 2, [16384, 0, -32768, -32768])).samples], [0.25, -1]);
  assert.throws(() => readWav(new ArrayBuffer(60)), /no WAV/);
});

test("the transform is Fourier's", () => {
  const [size, real, imaginary] = [64, new Float32Array(64), new Float32Array(64)];
  for (let at = 0; at < size; at += 1) real[at] = Math.cos((2 * Math.PI * 5 * at) / size);
  transform(real, imaginary);
  const power = Array.from(real, (value, at) => value ** 2 + (imaginary[at] as number) ** 2);
  assert.equal(power.indexOf(Math.max(...power)), 5);
  assert.ok(Math.abs((power[5] as number) - 32 ** 2) < 0.1);
  assert.ok((power[7] as number) < 1e-3);
});

test("a tone is loud at its frequency and at its time alone", () => {
  const samples = new Float32Array(16_000);
  for (let at = 8000; at < 16_000; at += 1) samples[at] = 0.5 * Math.sin((2 * Math.PI * 2000 * at) / 16_000);
  const found = spectrogram({ rate: 16_000, samples }, 10);
  const bin = (2000 / 8000) * found.bins;
  const at = (column: number, place: number) => found.decibels[column * found.bins + place] as number;
  assert.ok(at(8, bin) > -1);
  assert.ok(at(8, bin + 100) < -60);
  assert.ok(at(2, bin) < -60);
});

test("noise alone is not drawn as if it were loud", () => {
  const samples = Float32Array.from({ length: 16_000 }, (_, at) => 0.01 * Math.sin(at * at * 0.37));
  const found = spectrogram({ rate: 16_000, samples }, 10);
  const mean = found.decibels.reduce((sum, one) => sum + one, 0) / found.decibels.length;
  assert.ok(mean / found.floor > 0.8);
});

test("shades go from the background to the strongest", () => {
  assert.deepEqual(shade(0, true), [16, 19, 24, 255]);
  assert.ok((shade(1, true)[0] as number) > 250);
  assert.ok((shade(1, false)[0] as number) < 65);
});
