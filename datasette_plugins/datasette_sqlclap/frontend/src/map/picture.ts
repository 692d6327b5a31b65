/** A picture of the map as it is seen: points, names and legend, without any file's name. */

/** What is painted over the points: texts and dots of the legend, in CSS pixels of the map. */
export interface Written {
  text: string;
  x: number;
  y: number;
  size: number;
  weight: string;
  spacing: number;
  colour: string;
  /** Whether it lies over points: it has a halo then. */
  halo: boolean;
}

export interface Dot {
  x: number;
  y: number;
  radius: number;
  colour: string;
}

export interface Points {
  /** For each colour, where its points lie, in order of drawing. */
  groups: { colour: string; opacity: number; size: number; places: [number, number][] }[];
}

/** Lines around where sounds lie dense. */
export interface Contour {
  colour: string;
  /** How opaque what lies within is, and the line itself. */
  filled: number;
  lined: number;
  rings: [number, number][][];
}

export interface Picture {
  title: string;
  width: number;
  height: number;
  background: string;
  /** Points to be drawn; a picture of them, where they are too many. */
  points: Points | { image: string };
  contours: Contour[];
  /** Behind the legend. */
  panel: { left: number; top: number; width: number; height: number } | null;
  written: Written[];
  dots: Dot[];
}

const FONT = 'system-ui, "Segoe UI", "DejaVu Sans", sans-serif';

/** The picture as SVG: texts stay texts, points circles. */
export function toSvg(picture: Picture): string {
  const { width, height, background, panel } = picture;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(FONT)}">`,
    `<title>${escaped(picture.title)}</title>`,
    `<rect width="100%" height="100%" fill="${background}"/>`,
    ...pointsOf(picture),
    ...picture.contours.map(contourOf),
    panel ? `<rect x="${short(panel.left)}" y="${short(panel.top)}" width="${short(panel.width)}" height="${short(panel.height)}" rx="8" fill="${background}" fill-opacity="0.82"/>` : "",
    ...picture.dots.map((dot) => `<circle cx="${short(dot.x)}" cy="${short(dot.y)}" r="${short(dot.radius)}" fill="${escaped(dot.colour)}"/>`),
    ...picture.written.map((one) => textOf(one, background)),
    "</svg>",
  ];
  return parts.filter(Boolean).join("\n");
}

function pointsOf({ points, width, height }: Picture): string[] {
  if ("image" in points) return [`<image width="${width}" height="${height}" href="${points.image}"/>`];
  // A line of no length with round ends is a circle: a few bytes each.
  return points.groups
    .filter((group) => group.places.length)
    .map(({ colour, opacity, size, places }) => {
      const path = places.map(([x, y]) => `M${short(x)} ${short(y)}h0`).join("");
      return `<path d="${path}" stroke="${escaped(colour)}" stroke-opacity="${short(opacity)}" stroke-width="${short(size)}" stroke-linecap="round" fill="none"/>`;
    });
}

function contourOf({ colour, filled, lined, rings }: Contour): string {
  const path = rings.map((ring) => `M${ring.map(([x, y]) => `${short(x)} ${short(y)}`).join("L")}Z`).join("");
  return `<path d="${path}" fill="${escaped(colour)}" fill-opacity="${filled}" fill-rule="evenodd" stroke="${escaped(colour)}" stroke-opacity="${lined}" stroke-width="1.2"/>`;
}

function textOf({ text, x, y, size, weight, spacing, colour, halo }: Written, background: string): string {
  const around = halo ? ` stroke="${background}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"` : "";
  const apart = spacing ? ` letter-spacing="${short(spacing)}"` : "";
  return `<text x="${short(x)}" y="${short(y)}" dominant-baseline="central" font-size="${short(size)}" font-weight="${weight}"${apart} fill="${escaped(colour)}"${around}>${escaped(text)}</text>`;
}

/** Paints the picture, `scale` pixels of the canvas to each of CSS; the points come from the map's own canvas. */
export function paint(context: CanvasRenderingContext2D, picture: Picture, points: CanvasImageSource, scale: number): void {
  const { width, height, background, panel } = picture;
  context.fillStyle = background;
  context.fillRect(0, 0, width * scale, height * scale);
  context.drawImage(points, 0, 0, width * scale, height * scale);
  context.scale(scale, scale);
  for (const contour of picture.contours) paintContour(context, contour);
  if (panel) {
    context.globalAlpha = 0.82;
    context.fillStyle = background;
    context.fillRect(panel.left, panel.top, panel.width, panel.height);
    context.globalAlpha = 1;
  }
  for (const { x, y, radius, colour } of picture.dots) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }
  context.textBaseline = "middle";
  context.lineJoin = "round";
  for (const one of picture.written) {
    context.font = `${one.weight} ${one.size}px ${FONT}`;
    context.letterSpacing = `${one.spacing}px`;
    [context.strokeStyle, context.lineWidth] = [background, 4];
    if (one.halo) context.strokeText(one.text, one.x, one.y);
    context.fillStyle = one.colour;
    context.fillText(one.text, one.x, one.y);
  }
}

function paintContour(context: CanvasRenderingContext2D, { colour, filled, lined, rings }: Contour): void {
  context.beginPath();
  for (const ring of rings) {
    ring.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
  }
  context.fillStyle = context.strokeStyle = colour;
  context.lineWidth = 1.2;
  context.globalAlpha = filled;
  context.fill("evenodd");
  context.globalAlpha = lined;
  context.stroke();
  context.globalAlpha = 1;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}
