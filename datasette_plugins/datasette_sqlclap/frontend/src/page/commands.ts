/** What the keys of the map page do. */

import type { Keeping } from "../curate/keeping.ts";
import type { Subject } from "../label/examples.ts";
import type { Selection } from "../list/selection.ts";
import type { MapStage } from "../map/map_stage.ts";
import type { PlayerBar } from "../player/player_bar.ts";
import type { QueryControl } from "../query/query_control.ts";
import type { Colouring } from "./colouring.ts";
import type { Hearing } from "./hearing.ts";
import { openHelp } from "./key_list.ts";
import { CURATE_KEYS, MAP_KEYS, commandOf, isInDialog, targetOf } from "./keyboard.ts";
import type { Tab, Tabs } from "./tabs.ts";

/** What goes from row to row. */
interface Stepped {
  step(by: number): void;
}

export interface CommandParts {
  bar: PlayerBar;
  colouring: Colouring;
  hearing: Hearing;
  keeping: Keeping;
  query: QueryControl;
  selection: Selection;
  stage: MapStage;
  tabs: Tabs;
  /** The list behind each tab. */
  lists: Record<Tab, Stepped>;
}

export interface CommandHandlers {
  open(id: number): Promise<void>;
  /** Another sound is in hand. */
  mark(id: number): void;
  /** What keys speak of. */
  subject(): Subject | null;
  leave(): void;
}

export class Commands {
  constructor(
    private readonly parts: CommandParts,
    private readonly handlers: CommandHandlers,
  ) {
    document.addEventListener("keydown", (event) => this.key(event));
  }

  private key(event: KeyboardEvent): void {
    if (event.defaultPrevented || isInDialog()) return;
    const command = commandOf([...MAP_KEYS, ...CURATE_KEYS], event, targetOf(event));
    if (!command) return;
    event.preventDefault();
    this.run(command, event.key);
  }

  private run(command: string, key: string): void {
    const { bar, colouring, hearing, keeping, query, selection, stage, tabs } = this.parts;
    const { held } = stage;
    const commands: Record<string, () => void> = {
      search: () => query.focus(),
      play: () => hearing.playOrStop(held),
      open: () => held !== null && void this.handlers.open(held).then(() => tabs.show("sound")),
      similar: () => held !== null && void query.similar(held),
      more: () => held !== null && void query.add(held, key.toLowerCase() === "i" ? 1 : -1),
      select: () => held !== null && selection.toggle(held),
      ...keeping.commands(this.handlers.subject()?.ids ?? [], key),
      anchor: () => this.nameSelection(),
      go: () => this.go(key),
      step: () => this.parts.lists[tabs.shown].step(key.toLowerCase() === "j" ? 1 : -1),
      colour: () => colouring.next(),
      filter: () => query.filters.toggle(),
      help: openHelp,
      leave: () => this.handlers.leave(),
    };
    if (!bar.run(command, key)) (commands[command] ?? (() => stage.run(command)))();
  }

  /** Goes over the map by the arrow keys. */
  private go(key: string): void {
    const id = this.parts.stage.go(key);
    if (id === null) return;
    this.handlers.mark(id);
    this.parts.hearing.reach(id);
  }

  private nameSelection(): void {
    const { selection, tabs } = this.parts;
    if (!selection.ids.size) return;
    tabs.show("selection");
    selection.name();
  }
}
