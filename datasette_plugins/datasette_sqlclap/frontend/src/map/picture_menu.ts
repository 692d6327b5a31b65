/** The menu that saves the map as a picture. */

import { orSay, say } from "../page/elements.ts";
import { menu, menuItem } from "../page/menu.ts";
import { save } from "../page/save.ts";
import type { GlMap } from "./gl_map.ts";
import type { Contour } from "./picture.ts";

export function pictureMenu(map: GlMap, contours: () => Contour[]): HTMLElement {
  const name = document.querySelector(".brand")?.textContent?.trim() || "sounds";
  const saved = (ending: "png" | "svg") =>
    orSay(async () => {
      const { pngOf, svgOf } = await import("../pictures.ts");
      save(`map of ${name}.${ending}`, await (ending === "png" ? pngOf : svgOf)(map, contours(), name));
      say(`The map is in “map of ${name}.${ending}”`);
    });
  return menu("Save", menuItem("Picture (PNG)", () => void saved("png"), "The map as you see it"), menuItem("Drawing (SVG)", () => void saved("svg"), "Names stay text, points circles: for print, and to edit"));
}
