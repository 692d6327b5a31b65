// Bundles test/**/*.test.ts and runs them with Node's own test runner.
import { build } from "esbuild";
import { measureWords } from "./measure_words.mjs";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "sqlclap-frontend-"));
const tests = readdirSync("test", { recursive: true }).filter((name) => name.endsWith(".test.ts"));
await build({
  entryPoints: tests.map((name) => join("test", name)),
  outdir: folder,
  outbase: "test",
  outExtension: { ".js": ".mjs" },
  bundle: true,
  plugins: [measureWords],
  platform: "node",
  format: "esm",
  logLevel: "warning",
});
const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".mjs")).map((name) => join(folder, name));
const ended = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
rmSync(folder, { recursive: true });
process.exit(ended.status ?? 1);
