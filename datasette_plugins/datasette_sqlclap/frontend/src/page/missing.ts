/** Says which shards of a set didn't answer: what is shown then lacks their sounds. */

import type { MissingShard } from "../api/answers.ts";

/** Empty where all answered. */
export function missingText(missing: readonly MissingShard[] | undefined): string {
  if (!missing?.length) return "";
  return `Not of the whole set. ${missing.map(({ shard, reason }) => `Shard ${shard}: ${reason}.`).join(" ")}`;
}
