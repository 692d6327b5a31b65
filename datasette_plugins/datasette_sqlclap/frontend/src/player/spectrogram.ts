/** Spectrograms: how strong each frequency is at each time, in decibels. */

import type { Sound } from "./wav.ts";

export interface Spectrogram {
  columns: number;
  /** Frequencies, from 0 to half of the rate. */
  bins: number;
  /** Decibels below what is drawn strongest, column after column, low frequencies first. */
  decibels: Float32Array;
  /** What is drawn as nothing (in decibels). */
  floor: number;
}

const WIDEST_DB = 80;
/** So far above the middle level is strongest at least: noise alone is not drawn as if it were loud. */
const LEAST_DB = 35;
const BELOW_MIDDLE_DB = 3;

export function spectrogram(sound: Sound, columns: number, size = 1024): Spectrogram {
  const bins = size / 2;
  const decibels = new Float32Array(columns * bins);
  const window = Float32Array.from({ length: size }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / size));
  const [real, imaginary] = [new Float32Array(size), new Float32Array(size)];
  for (let column = 0; column < columns; column += 1) {
    const middle = ((column + 0.5) / columns) * sound.samples.length;
    const start = Math.round(middle - size / 2);
    for (let at = 0; at < size; at += 1) real[at] = (sound.samples[start + at] ?? 0) * (window[at] as number);
    imaginary.fill(0);
    transform(real, imaginary);
    for (let bin = 0; bin < bins; bin += 1) {
      const power = (real[bin] as number) ** 2 + (imaginary[bin] as number) ** 2;
      decibels[column * bins + bin] = 10 * Math.log10(Math.max(power, 1e-12));
    }
  }
  return levelled({ columns, bins, decibels, floor: 0 });
}

/** Puts the strongest at 0, and the floor just below the middle level. */
function levelled(found: Spectrogram): Spectrogram {
  const heard = found.decibels.filter((_, at) => at % found.bins > 1); // constant levels are no sound
  heard.sort();
  const [middle, peak] = [heard[heard.length >> 1] ?? 0, heard.at(-1) ?? 0];
  const most = Math.max(peak, middle + LEAST_DB);
  const floor = Math.max(middle - BELOW_MIDDLE_DB - most, -WIDEST_DB);
  const decibels = found.decibels.map((value) => Math.min(0, Math.max(floor, value - most)));
  return { ...found, decibels, floor };
}

/** The fast Fourier transform, in place; the length is a power of two. */
export function transform(real: Float32Array, imaginary: Float32Array): void {
  const size = real.length;
  for (let at = 1, other = 0; at < size; at += 1) {
    let bit = size >> 1;
    for (; other & bit; bit >>= 1) other ^= bit;
    other ^= bit;
    if (at < other) {
      [real[at], real[other]] = [real[other] as number, real[at] as number];
      [imaginary[at], imaginary[other]] = [imaginary[other] as number, imaginary[at] as number];
    }
  }
  for (let length = 2; length <= size; length *= 2) {
    const angle = (-2 * Math.PI) / length;
    for (let step = 0; step < length / 2; step += 1) {
      const [cos, sin] = [Math.cos(angle * step), Math.sin(angle * step)];
      for (let start = 0; start < size; start += length) {
        const [one, two] = [start + step, start + step + length / 2];
        const re = (real[two] as number) * cos - (imaginary[two] as number) * sin;
        const im = (real[two] as number) * sin + (imaginary[two] as number) * cos;
        real[two] = (real[one] as number) - re;
        imaginary[two] = (imaginary[one] as number) - im;
        real[one] = (real[one] as number) + re;
        imaginary[one] = (imaginary[one] as number) + im;
      }
    }
  }
}

/** Draws it over the whole canvas, dark where it is still; black on white on light pages. */
export function drawSpectrogram(canvas: HTMLCanvasElement, drawn: Spectrogram, dark: boolean): void {
  const height = Math.max(1, canvas.height);
  canvas.width = drawn.columns;
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(drawn.columns, height);
  for (let column = 0; column < drawn.columns; column += 1) {
    for (let row = 0; row < height; row += 1) {
      const bin = Math.min(drawn.bins - 1, Math.floor((1 - (row + 1) / height) * drawn.bins));
      const share = 1 - (drawn.decibels[column * drawn.bins + bin] as number) / drawn.floor;
      image.data.set(shade(share, dark), 4 * (row * drawn.columns + column));
    }
  }
  context.putImageData(image, 0, 0);
}

/** From the background over orange to white; on light pages over orange to near black. */
export function shade(share: number, dark: boolean): [number, number, number, number] {
  const stops: [number, number, number][] = dark
    ? [[16, 19, 24], [74, 40, 70], [205, 95, 50], [255, 236, 190]]
    : [[251, 250, 247], [240, 190, 140], [190, 70, 20], [60, 10, 5]];
  const at = Math.min(0.9999, Math.max(0, share)) * (stops.length - 1);
  const [low, part] = [Math.floor(at), at % 1];
  const [one, two] = [stops[low] as [number, number, number], stops[low + 1] as [number, number, number]];
  return [0, 1, 2].map((place) => (one[place] as number) + part * ((two[place] as number) - (one[place] as number))).concat(255) as [number, number, number, number];
}
