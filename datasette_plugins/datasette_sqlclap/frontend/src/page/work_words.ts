/** Words for what is being done with the library. */

import type { RunningWork } from "../api/answers.ts";

type Phase = RunningWork["phase"];

const DOING: Record<Phase, string> = { sounds: "Taking in sounds", index: "Indexing", map: "Drawing the map", clusters: "Finding and naming clusters" };
const TO_COME: Record<Phase, string> = { sounds: "sounds", index: "the index", map: "the map", clusters: "its clusters" };

/** How long something takes, as people say it. */
export function roughly(seconds: number): string {
  if (seconds < 10) return "a few seconds";
  if (seconds < 90) return `about ${Math.round(seconds / 10) * 10} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${Math.round(seconds / 3600)} h`;
}

/** What is done and how far; what comes after it. */
export function wordsOf(work: RunningWork): { now: string; next: string } {
  if (work.state === "stopped") return { now: `${DOING[work.phase]} was stopped before its end. Started again, it goes on from there.`, next: "" };
  const parts = [DOING[work.phase]];
  if (work.phase === "sounds" && work.total) {
    parts[0] += `: ${work.done.toLocaleString("en")} of ${work.total.toLocaleString("en")}`;
    if (work.per_second) parts.push(`${work.per_second < 10 ? work.per_second.toFixed(1) : Math.round(work.per_second).toLocaleString("en")} a second`);
  } else if (work.total > 1) parts[0] += `: ${Math.floor((100 * work.done) / work.total)} %`;
  if (work.left_s !== null && work.done < work.total && work.total > 1) parts.push(`${roughly(work.left_s)} left`);
  const next = work.to_come.map((phase) => TO_COME[phase]);
  const last = next.pop();
  return { now: parts.join(" · "), next: last ? `then ${next.length ? `${next.join(", ")} and ` : ""}${last}` : "" };
}
