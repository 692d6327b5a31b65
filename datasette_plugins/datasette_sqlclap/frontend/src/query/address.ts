/** The address holds what the page shows: here it is read and written. */

import { format, parse, type State } from "./state.ts";

export class Address {
  state: State = parse(location.hash);
  /** The address as this page knows it: another one is about to be restored. */
  private known = location.hash;

  /** Takes over what an address says. */
  follow(state: State): void {
    this.state = state;
  }

  /** Another address has been gone to. */
  arrive(): void {
    this.known = location.hash;
  }

  remember(changes: Partial<State>, quietly = false): void {
    // A link that was followed a moment ago goes before where the view came to rest.
    if (quietly && location.hash !== this.known) return;
    this.state = { ...this.state, ...changes };
    const address = format(this.state);
    if (address === format(parse(location.hash))) return;
    const where = address || location.pathname + location.search;
    if (quietly) history.replaceState(null, "", where);
    else history.pushState(null, "", where);
    this.known = location.hash;
  }
}
