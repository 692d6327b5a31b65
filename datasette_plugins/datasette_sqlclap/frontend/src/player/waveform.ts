/** Draws a sound's outline, and how far it has played. */

export function drawOutline(canvas: HTMLCanvasElement, peaks: Int8Array, share: number): void {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth * ratio;
  const height = canvas.clientHeight * ratio;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  const played = style.getPropertyValue("--accent");
  const waiting = style.getPropertyValue("--wave");
  context.clearRect(0, 0, width, height);
  const columns = peaks.length / 2;
  const middle = height / 2;
  for (let x = 0; x < width; x += 1) {
    const at = Math.min(columns - 1, Math.floor((x / width) * columns));
    const top = ((peaks[2 * at + 1] as number) / 127) * (middle - 1);
    context.fillStyle = x / width <= share ? played : waiting;
    context.fillRect(x, middle - top, 1, Math.max(1, 2 * top));
  }
}
