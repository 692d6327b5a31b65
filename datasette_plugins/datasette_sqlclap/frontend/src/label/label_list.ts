/** The labels there are, as buttons, and a field that makes one. */

import type { LabelOverview } from "../api/answers.ts";
import { el } from "../page/elements.ts";
import { healthOf } from "./health.ts";
import { count } from "../page/show.ts";


export function labelList(labels: LabelOverview[], choose: (label: LabelOverview) => void): HTMLElement {
  const list = el("ul", { class: "label-list", "aria-label": "Labels" });
  for (const label of labels) {
    list.append(
      el(
        "li",
        {},
        el(
          "button",
          { type: "button", onclick: () => choose(label) },
          dotOf(label),
          el("span", { class: "what" }, el("span", { class: "file" }, label.name), el("span", { class: `health ${healthOf(label).kind}` }, factsOf(label))),
        ),
      ),
    );
  }
  return list;
}

/** How many examples it has, and what to do next. */
function factsOf(label: LabelOverview): string {
  const examples = label.anchors ? [count(label.anchors, "example")] : [];
  return [...examples, healthOf(label).text].join(" · ");
}

export function dotOf(label: LabelOverview): HTMLElement {
  const dot = el("i", { class: "dot" });
  if (label.color) dot.style.background = dot.style.borderColor = label.color;
  return dot;
}

/** A new label takes the selected sounds, or the one in hand, for its first examples. */
export function newLabelForm(making: string, make: (name: string) => void): HTMLElement {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const name = String(new FormData(event.target as HTMLFormElement).get("name")).trim();
    if (name) make(name);
  };
  return el(
    "form",
    { class: "row new-label", onsubmit: submit },
    el("input", { name: "name", required: true, maxLength: 200, autocomplete: "off", "aria-label": "Name of a new label", placeholder: "What are they?" }),
    el("button", { class: "primary" }, making),
  );
}
