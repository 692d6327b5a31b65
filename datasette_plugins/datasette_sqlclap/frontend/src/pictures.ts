/** Pictures of the map: a script of its own, loaded when one is saved. */

export { pngOf, svgOf } from "./map/seen_picture.ts";
