/** Turns tiles into pixels: a colour for each level, rows by the frequency axis. */

import { shade } from "../player/spectrogram.ts";

/** How levels become colours: 0 to 1 each, 0.5 in the middle. */
export interface Look {
  brightness: number;
  contrast: number;
  dark: boolean;
}

/** From the quietest that is drawn to the loudest (in steps of half a decibel), before contrast. */
const WIDEST_STEPS = 150;
const NARROWEST_STEPS = 30;

/** The colours of all 256 levels, as they lie in an image's memory. */
export function colours(look: Look, noise: number): Uint32Array {
  const range = WIDEST_STEPS - look.contrast * (WIDEST_STEPS - NARROWEST_STEPS);
  const floor = noise + (0.5 - look.brightness) * 200;
  const found = new Uint32Array(256);
  const bytes = new Uint8Array(found.buffer);
  for (let level = 0; level < 256; level += 1) {
    bytes.set(shade((level - floor) / range, look.dark), 4 * level);
  }
  return found;
}

/** The level below which half of the sound lies, of what is there of it: where drawing begins. */
export function noiseLevel(tiles: Uint8Array[]): number {
  const counts = new Uint32Array(256);
  let total = 0;
  for (const tile of tiles) {
    for (let at = 0; at < tile.length; at += 7) {
      const level = tile[at] as number;
      if (!level) continue;
      counts[level] = (counts[level] as number) + 1;
      total += 1;
    }
  }
  let below = 0;
  for (let level = 1; level < 256; level += 1) {
    below += counts[level] as number;
    if (2 * below >= total) return total ? level : 0;
  }
  return 0;
}

/** Fills an image of `columns` by rows; each row shows the strongest of its bins. */
export function fill(image: Uint32Array, tile: Uint8Array, rows: Uint16Array, table: Uint32Array, bins: number): void {
  const [columns, count] = [tile.length / bins, rows.length / 2];
  for (let row = 0; row < count; row += 1) {
    const [first, last] = [rows[2 * row] as number, rows[2 * row + 1] as number];
    const at = row * columns;
    for (let column = 0; column < columns; column += 1) {
      const start = column * bins;
      let level = tile[start + first] as number;
      for (let bin = first + 1; bin <= last; bin += 1) level = Math.max(level, tile[start + bin] as number);
      image[at + column] = table[level] as number;
    }
  }
}
