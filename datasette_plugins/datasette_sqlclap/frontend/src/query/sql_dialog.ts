/** The query as SQL, to copy, or to run where the visitor may. */

import { byId, el, say } from "../page/elements.ts";

/** Longer statements are for the clipboard: browsers and servers cut addresses. */
const LONGEST_LINK = 6_000;

/**
 * @param runAt the page of the library's tables, for those who may run SQL; else null
 */
export function showSql(sql: string, runAt: string | null): void {
  const dialog = byId<HTMLDialogElement>("sql");
  const copy = el("button", { type: "button", onclick: () => void copied(sql) }, "Copy");
  const run = runAt && sql.length < LONGEST_LINK ? el("a", { class: "button", href: `${runAt}?${new URLSearchParams({ sql }).toString()}` }, "Run it in Datasette") : null;
  byId("sql-text").textContent = sql;
  byId("sql-actions").replaceChildren(copy, ...(run ? [run] : []));
  dialog.showModal();
}

async function copied(sql: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(sql);
    say("Copied");
  } catch {
    say("This browser lets no page copy: mark the text and copy it yourself.", "error");
  }
}
