/** Makes elements; text is always set as text, never as HTML. */

type Child = Node | string | number | null | undefined | false;
type Props = Record<string, unknown>;

export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") {
      made.addEventListener(name.slice(2), value as EventListener);
    } else if (name === "dataset") {
      Object.assign(made.dataset, value);
    } else if (name === "class") {
      made.className = String(value);
    } else if (name in made && !name.includes("-") && name !== "list") {
      (made as unknown as Props)[name] = value;
    } else {
      made.setAttribute(name, String(value));
    }
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) made.append(String(child) === child ? child : (child as Node | string));
  }
  return made;
}

export function byId<Found extends HTMLElement = HTMLElement>(id: string): Found {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found as Found;
}

/** Draws a part anew; its field keeps what was typed, and the hand that types there. */
export function redraw(box: HTMLElement, field: string, draw: () => void): void {
  const before = box.querySelector<HTMLInputElement>(field);
  const [typed, isHeld, from, to] = [before?.value ?? "", before === document.activeElement, before?.selectionStart, before?.selectionEnd];
  draw();
  const after = box.querySelector<HTMLInputElement>(field);
  if (!before || !after) return;
  after.value = typed;
  if (!isHeld) return;
  after.focus({ preventScroll: true });
  after.setSelectionRange(from ?? null, to ?? null);
}

let clearing = 0;

/** Tells people who listen to the page, and shows it for a moment to those who look. */
export function say(message: string, kind: "note" | "error" = "note"): void {
  const said = byId("said");
  said.textContent = message;
  said.className = kind === "error" ? "toast error" : "toast";
  window.clearTimeout(clearing);
  clearing = window.setTimeout(() => (said.className = "unseen"), kind === "error" ? 7000 : 2500);
}

/** Does something, and says why where it fails. */
export async function orSay(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    say((error as Error).message, "error");
  }
}

/** Tells those who listen to the page alone: who looks sees it anyway. */
export function whisper(message: string): void {
  const said = byId("said");
  if (said.className.includes("error")) return; // why something failed goes before what goes on
  window.clearTimeout(clearing);
  said.className = "unseen";
  said.textContent = message;
}
