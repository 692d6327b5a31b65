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
