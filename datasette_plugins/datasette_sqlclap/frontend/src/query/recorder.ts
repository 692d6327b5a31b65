/** A recording from the microphone: in memory only, sent to this library's server alone. */

/** After so long a recording ends by itself. */
export const LONGEST_MS = 60_000;

export class Recorder {
  private recorder: MediaRecorder | null = null;
  private ending = 0;

  get isRecording(): boolean {
    return this.recorder !== null;
  }

  /**
   * Records until `stop`; gives the sound.
   * @throws Error with a message for people, where there is no microphone or it is refused
   */
  async record(started: () => void): Promise<Blob> {
    const media = navigator.mediaDevices as MediaDevices | undefined; // there on safe origins alone
    if (!media || typeof MediaRecorder === "undefined") {
      throw new Error("This browser gives no microphone to this page: it takes https, or 127.0.0.1.");
    }
    const stream = await media.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } }).catch((error: Error) => {
      throw new Error(refusal(error));
    });
    try {
      return await this.sound(stream, started);
    } finally {
      this.recorder = null;
      window.clearTimeout(this.ending);
      for (const track of stream.getTracks()) track.stop();
    }
  }

  stop(): void {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  private sound(stream: MediaStream, started: () => void): Promise<Blob> {
    return new Promise((resolve, reject) => {
      const parts: Blob[] = [];
      const recorder = (this.recorder = new MediaRecorder(stream));
      recorder.ondataavailable = (event) => parts.push(event.data);
      recorder.onerror = () => reject(new Error("The recording failed: nothing was kept."));
      recorder.onstop = () => resolve(new Blob(parts, { type: recorder.mimeType }));
      recorder.start();
      this.ending = window.setTimeout(() => this.stop(), LONGEST_MS);
      started();
    });
  }
}

function refusal(error: Error): string {
  if (error.name === "NotAllowedError") return "The microphone is refused to this page: allow it beside the address, and press again.";
  if (error.name === "NotFoundError") return "There is no microphone here.";
  return "The microphone can't be used just now: another program may have it.";
}
