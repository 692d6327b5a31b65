import assert from "node:assert/strict";
import { test } from "node:test";

import { toSvg, type Picture } from "../../src/map/picture.ts";
import { groupsOf } from "../../src/map/point_groups.ts";

const STYLE = { categories: [0, 1, 1, 0], colours: ["#111111", "#eeeeee"], sizes: [4, 6], opacities: [0.5, 1] };
const PLACES: [number, number][] = [[10, 20], [30.123, 40], [-1, 5], [5, 300]];
const WINDOW = { width: 200, height: 100, distance: 1, ratio: 1, toScreen: (at: number) => PLACES[at] as [number, number] };

test("points in view are grouped by colour, those outside are left out", () => {
  const found = groupsOf(STYLE, [0, 1, 2, 3], WINDOW, 10);
  assert.deepEqual(found?.groups.map((one) => one.places), [[[10, 20]], [[30.123, 40]]]);
  assert.deepEqual(found?.groups.map((one) => [one.opacity, one.size]), [[0.5, 4], [1, 6]]);
  assert.equal(groupsOf(STYLE, [0, 1], WINDOW, 1), null);
});

test("points grow as they come nearer, and thin out where they are many", () => {
  const near = groupsOf(STYLE, [0], { ...WINDOW, distance: 0.25 }, 10)?.groups[0];
  assert.ok(near && near.size > 4 && near.size < 16);
  const opacity = (count: number) => groupsOf({ ...STYLE, opacities: "density" }, Array(count).fill(0), WINDOW, 1e6)?.groups[0]?.opacity ?? 0;
  assert.ok(opacity(10) === 1 && opacity(2000) < 0.5 && opacity(2000) > 0);
});

test("a drawing holds points, names and legend, and nothing that a name could smuggle in", () => {
  const picture: Picture = {
    title: "Map <of> sounds",
    width: 200,
    height: 100,
    background: "#101318",
    points: groupsOf(STYLE, [0, 1], WINDOW, 10) ?? { image: "" },
    contours: [{ colour: "#00f", filled: 0.1, lined: 0.6, rings: [[[1, 2], [30, 2], [1.005, 20]]] }],
    panel: { left: 5, top: 60, width: 50, height: 30 },
    written: [{ text: "<script>kicks & snares\"</script>", x: 1, y: 2, size: 13, weight: "600", spacing: 0, colour: "rgb(1, 2, 3)", halo: true }],
    dots: [{ x: 8, y: 66, radius: 5, colour: "#e8743b" }],
  };
  const svg = toSvg(picture);
  assert.match(svg, /^<svg xmlns=[^]*<\/svg>$/);
  assert.ok(svg.includes('d="M30.12 40h0"') && svg.includes('stroke="#eeeeee"'));
  assert.ok(svg.includes("<circle cx=\"8\"") && svg.includes("rx=\"8\"") && svg.includes("paint-order"));
  assert.ok(!svg.includes("<script") && svg.includes("kicks &#38; snares&#34;"));
  assert.ok(toSvg({ ...picture, points: { image: "data:image/png;base64,AA" } }).includes("<image width=\"200\""));
});
