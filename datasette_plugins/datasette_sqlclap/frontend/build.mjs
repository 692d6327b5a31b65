// Builds what the pages load into ../static. With --check: compares instead of writing.
import { build } from "esbuild";
import { measureWords } from "./measure_words.mjs";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "static");
const LARGEST_GZIPPED = 150_000;

/** What is imported when it is needed stays a file of its own, beside the others. */
const loadedLater = {
  name: "loaded-later",
  setup: (build) => build.onResolve({ filter: /^\.\.\/\w+\.ts$/ }, ({ kind, path }) => (kind === "dynamic-import" ? { path: path.replace(/^\.\.\/(\w+)\.ts$/, "./$1.js"), external: true } : null)),
};

const built = await build({
  absWorkingDir: here,
  entryPoints: ["src/map.ts", "src/labels.ts", "src/activity.ts", "src/recordings.ts", "src/spectrogram.ts", "src/tables.ts", "src/density_lines.ts", "src/pictures.ts", "src/spatial_index.ts", "src/page.css"],
  outdir: target,
  bundle: true,
  plugins: [measureWords, loadedLater],
  // Without its checks, which wait for each shader to be compiled: what they find is found by the tests.
  alias: { regl: "regl/dist/regl.unchecked.js" },
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: "/* Built by frontend/build.mjs; licences are in THIRD_PARTY.txt. */" },
  write: false,
});

let differing = 0;
let gzipped = 0;
for (const file of built.outputFiles) {
  const name = relative(target, file.path);
  const size = gzipSync(file.contents, { level: 9 }).length;
  if (name === "map.js") gzipped = size;
  console.log(`${name}: ${file.contents.length} bytes, ${size} gzipped`);
  if (!process.argv.includes("--check")) {
    writeFileSync(file.path, file.contents);
  } else if (!readFileSync(file.path).equals(Buffer.from(file.contents))) {
    console.error(`${name} in static/ is not what its sources build: run npm run build`);
    differing += 1;
  }
}
if (gzipped > LARGEST_GZIPPED) {
  console.error(`map.js takes ${gzipped} bytes gzipped, at most ${LARGEST_GZIPPED}`);
  differing += 1;
}
process.exit(differing ? 1 : 0);
