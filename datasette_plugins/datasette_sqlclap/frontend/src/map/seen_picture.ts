/** The map as it stands on the page, as a picture and as a drawing. */

import { byId } from "../page/elements.ts";
import { theme } from "../page/theme.ts";
import type { GlMap } from "./gl_map.ts";
import { paint, toSvg, type Contour, type Dot, type Picture, type Written } from "./picture.ts";

/** More points than these would make an SVG that nothing opens: it holds a picture of them. */
const MOST_CIRCLES = 50_000;

export async function pngOf(map: GlMap, contours: Contour[], name: string): Promise<Blob> {
  const scale = window.devicePixelRatio || 1;
  const picture = { ...seen(map, { image: "" }, name), contours };
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  paint(canvas.getContext("2d") as CanvasRenderingContext2D, picture, map.painted(), scale);
  return blobOf(canvas);
}

export function svgOf(map: GlMap, contours: Contour[], name: string): Blob {
  const points = map.drawn(MOST_CIRCLES) ?? { image: map.painted().toDataURL() };
  return new Blob([toSvg({ ...seen(map, points, name), contours })], { type: "image/svg+xml" });
}

/** All that lies over the map, as it stands there. */
function seen(map: GlMap, points: Picture["points"], name: string): Picture {
  const { clientWidth: width, clientHeight: height } = map.canvas;
  const origin = map.canvas.getBoundingClientRect();
  const legend = byId("legend");
  const written = [...byId("names").querySelectorAll<HTMLElement>("span:not([hidden])")].map((span) => textOf(span, origin, true));
  const dots: Dot[] = [];
  const inside = legend.getBoundingClientRect();
  for (const item of legend.querySelectorAll<HTMLElement>("li")) {
    const box = item.getBoundingClientRect();
    if (box.top < inside.top || box.bottom > inside.bottom + 1) continue; // it is scrolled out of sight
    const swatch = item.querySelector<HTMLElement>("i") as HTMLElement;
    const { left, top, width: across } = swatch.getBoundingClientRect();
    dots.push({ x: left - origin.left + across / 2, y: top - origin.top + across / 2, radius: across / 2, colour: getComputedStyle(swatch).backgroundColor });
    written.push(textOf(item, origin, false));
  }
  const panel = dots.length ? { left: inside.left - origin.left, top: inside.top - origin.top, width: inside.width, height: inside.height } : null;
  return { title: `Map of the sounds of ${name}`, width, height, background: theme().background, points, contours: [], panel, written, dots };
}

function textOf(element: HTMLElement, origin: DOMRect, halo: boolean): Written {
  const words = document.createRange();
  words.selectNodeContents(element);
  const node = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
  if (node) words.selectNode(node);
  const [box, style] = [words.getBoundingClientRect(), getComputedStyle(element)];
  const text = element.textContent ?? "";
  return {
    text: style.textTransform === "uppercase" ? text.toUpperCase() : text,
    x: box.left - origin.left,
    y: box.top - origin.top + box.height / 2,
    size: parseFloat(style.fontSize),
    weight: style.fontWeight,
    spacing: parseFloat(style.letterSpacing) || 0,
    colour: style.color,
    halo,
  };
}

function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The picture can't be made: the window is too large"))), "image/png"));
}
