/** Tabs of the side panel: one is shown, the others are a click or a key away. */

import { byId } from "./elements.ts";

export type Tab = "sound" | "results" | "selection" | "labels" | "kept";

const TABS: readonly Tab[] = ["sound", "results", "selection", "labels", "kept"];

export class Tabs {
  private readonly buttons: Record<Tab, HTMLElement>;
  shown: Tab = "results";
  /** Another tab is shown. */
  changed: (tab: Tab) => void = () => {};

  /** Whether one has turned to a tab since something was asked for. */
  private isChosen = false;

  constructor() {
    this.buttons = Object.fromEntries(TABS.map((tab) => [tab, byId(`tab-${tab}`)])) as Record<Tab, HTMLElement>;
    for (const tab of TABS) {
      this.buttons[tab].addEventListener("click", () => this.choose(tab));
      this.buttons[tab].addEventListener("keydown", (event) => this.key(event));
    }
    this.show("results");
  }

  show(tab: Tab): void {
    const isOther = this.shown !== tab;
    this.shown = tab;
    for (const one of TABS) {
      const isShown = one === tab;
      this.buttons[one].setAttribute("aria-selected", String(isShown));
      this.buttons[one].tabIndex = isShown ? 0 : -1;
      byId(`panel-${one}`).hidden = !isShown;
    }
    if (isOther) this.changed(tab);
  }

  /** Something was asked for, behind a tab. */
  expect(): void {
    this.isChosen = false;
  }

  /** Shows what was asked for, unless one has turned to another tab meanwhile. */
  arrive(tab: Tab): void {
    if (!this.isChosen) this.show(tab);
  }

  private choose(tab: Tab): void {
    this.isChosen = true;
    this.show(tab);
  }

  /** Says how much is behind a tab; nothing where there is nothing. */
  count(tab: Tab, text: string): void {
    const badge = this.buttons[tab].querySelector(".badge");
    if (badge) badge.textContent = text;
  }

  private key(event: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const there = TABS.filter((one) => !this.buttons[one].hidden);
    const next = there[(there.indexOf(this.shown) + by + there.length) % there.length] as Tab;
    this.choose(next);
    this.buttons[next].focus();
  }
}
