/** A waveform that is scrubbed: by dragging, and, as a slider, by keys. */

export interface Scrubbed {
  /** Where it plays, from 0 to 1. */
  share(): number;
  /** How long the sound is (in seconds). */
  seconds(): number;
  to(share: number): void;
}

/** Where a key leads from a place, from 0 to 1; nothing where it leads nowhere. */
export function keyedShare(key: string, share: number): number | null {
  const steps: Record<string, number> = { ArrowRight: 0.02, ArrowUp: 0.02, ArrowLeft: -0.02, ArrowDown: -0.02, PageUp: 0.1, PageDown: -0.1, Home: -1, End: 1 };
  const step = steps[key];
  return step === undefined ? null : Math.max(0, Math.min(0.999, share + step));
}

export function bindScrub(canvas: HTMLElement, scrubbed: Scrubbed): void {
  const at = (event: PointerEvent): number => {
    const { left, width } = canvas.getBoundingClientRect();
    return Math.max(0, Math.min(0.999, (event.clientX - left) / (width || 1)));
  };
  let dragged = false;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    dragged = true;
    canvas.setPointerCapture(event.pointerId);
    scrubbed.to(at(event));
    tellPlace(canvas, at(event), scrubbed.seconds());
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!dragged) return;
    scrubbed.to(at(event));
    tellPlace(canvas, at(event), scrubbed.seconds());
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (dragged = false));
  canvas.addEventListener("keydown", (event) => {
    const to = keyedShare(event.key, scrubbed.share());
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    scrubbed.to(to);
    tellPlace(canvas, to, scrubbed.seconds());
  });
}

/** Says where a slider stands, to who listens to the page. */
export function tellPlace(slider: HTMLElement, share: number, seconds: number): void {
  slider.setAttribute("aria-valuenow", share.toFixed(3));
  slider.setAttribute("aria-valuetext", `${(share * seconds).toFixed(2)} of ${seconds.toFixed(2)} seconds`);
}
