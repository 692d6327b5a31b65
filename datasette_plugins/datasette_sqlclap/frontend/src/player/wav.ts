/** Reads 16-bit WAV as the server makes it, whatever rate it has: browsers would resample it. */

export interface Sound {
  rate: number;
  /** The mean of all channels, -1 to 1. */
  samples: Float32Array;
}

export function readWav(bytes: ArrayBuffer): Sound {
  const view = new DataView(bytes);
  const name = (at: number) => String.fromCharCode(...new Uint8Array(bytes, at, 4));
  if (bytes.byteLength < 44 || name(0) !== "RIFF") throw new Error("this is no WAV");
  let [rate, channels, at] = [0, 1, 12];
  while (at + 8 <= bytes.byteLength) {
    const [chunk, size] = [name(at), view.getUint32(at + 4, true)];
    if (chunk === "fmt ") {
      channels = view.getUint16(at + 10, true);
      rate = view.getUint32(at + 12, true);
    }
    if (chunk === "data") return { rate, samples: mixed(view, at + 8, Math.min(size, bytes.byteLength - at - 8), channels) };
    at += 8 + size + (size % 2);
  }
  throw new Error("this WAV holds no sound");
}

function mixed(view: DataView, start: number, size: number, channels: number): Float32Array {
  const frames = Math.floor(size / 2 / channels);
  const samples = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) sum += view.getInt16(start + 2 * (frame * channels + channel), true);
    samples[frame] = sum / channels / 32768;
  }
  return samples;
}

/** Browsers play no WAV of a lower rate (in Hz). */
const LOWEST_HZ = 4000;

/** The same samples, said to be of a lower rate: so many times slower and lower; the player does what is left. */
export function slowed(bytes: ArrayBuffer, times: number): { wav: ArrayBuffer; stretch: number; rate: number } {
  const wav = bytes.slice(0);
  const view = new DataView(wav);
  for (let at = 12; at + 24 <= wav.byteLength; at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2)) {
    if (view.getUint32(at) !== 0x666d7420) continue; // "fmt "
    const own = view.getUint32(at + 12, true);
    const wanted = own / times;
    const said = Math.round(Math.max(LOWEST_HZ, wanted));
    view.setUint32(at + 12, said, true);
    view.setUint32(at + 16, said * view.getUint16(at + 20, true), true);
    return { wav, stretch: own / said, rate: wanted / said };
  }
  throw new Error("this WAV has no format");
}
