/** How everything is played; remembered by the browser. */

export interface Settings {
  loop: boolean;
  matchLoudness: boolean;
  /** Loops are brought to this tempo (in beats a minute), where theirs is known; 0: as they are. */
  tempo: number;
  /** So many times slower and lower, as bat detectors do it. */
  slowness: number;
  /** What the pointer has passed rings on, and nothing waits for it to rest. */
  sweep: boolean;
}

export const SLOWNESS = [1, 2, 4, 10, 20];
export const TEMPO_RANGE: [number, number] = [30, 300];
const KEPT = "sqlclap-player";
const FIRST: Settings = { loop: false, matchLoudness: false, tempo: 0, slowness: 1, sweep: false };

/** Settings as they were kept; what makes no sense is as at first. */
export function readSettings(kept: string | null): Settings {
  let given: Partial<Record<keyof Settings, unknown>> = {};
  try {
    given = (JSON.parse(kept ?? "{}") as typeof given | null) ?? {};
  } catch {
    // What was kept is none of ours.
  }
  const [low, high] = TEMPO_RANGE;
  const tempo = Number(given.tempo);
  return {
    loop: given.loop === true,
    matchLoudness: given.matchLoudness === true,
    tempo: tempo >= low && tempo <= high ? tempo : FIRST.tempo,
    slowness: SLOWNESS.includes(Number(given.slowness)) ? Number(given.slowness) : FIRST.slowness,
    sweep: given.sweep === true,
  };
}

export class PlayerSettings extends EventTarget {
  private settings: Settings;

  constructor(private readonly store: Pick<Storage, "getItem" | "setItem">) {
    super();
    this.settings = readSettings(store.getItem(KEPT));
  }

  get now(): Readonly<Settings> {
    return this.settings;
  }

  change(changes: Partial<Settings>): void {
    this.settings = readSettings(JSON.stringify({ ...this.settings, ...changes }));
    this.store.setItem(KEPT, JSON.stringify(this.settings));
    this.dispatchEvent(new Event("change"));
  }
}
