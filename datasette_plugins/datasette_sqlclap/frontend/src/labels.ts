/** The labels page. */

import type { LabelOverview } from "./api/answers.ts";
import { Api } from "./api/api.ts";
import { readConfig } from "./api/config.ts";
import { byId, el, say } from "./page/elements.ts";
import { healthOf } from "./label/health.ts";
import { LabelPanel } from "./label/label_panel.ts";
import { bindVolume } from "./player/player_bar.ts";
import { listContext } from "./list/sound_list.ts";
import { ServedSounds } from "./player/sound_files.ts";
import { missingText } from "./page/missing.ts";
import { Player } from "./player/player.ts";
import { Review } from "./label/review.ts";
import { Runs } from "./label/runs.ts";
import { followTheme } from "./page/theme.ts";

const config = readConfig();
const api = new Api(config);
const player = new Player(new ServedSounds(api));
let chosen = named(location.hash.slice(1));
const changed = (): void => void refresh();
const runs = new Runs(byId("runs"), api, config.mayLabel, changed);
const context = listContext(api, config);
let turn = 0;
const review = new Review(byId("review"), context, player, { done: changed });
const panel = new LabelPanel(byId("label"), context, player, config, {
  review: (name, moments) => void review.start(name, moments),
  changed,
  showLabel: (name) => choose(name),
});

/** The label that an address names; one that was cut off or typed by hand may be no proper one. */
function named(hash: string): string {
  try {
    return decodeURIComponent(hash);
  } catch {
    return hash;
  }
}

async function refresh(): Promise<void> {
  const mine = (turn += 1);
  try {
    const { labels, missing } = await api.get("api/labels");
    if (mine !== turn) return;
    draw(labels);
    byId("partial").hidden = !missing;
    byId("partial").textContent = missingText(missing);
    const now = labels.find((label) => label.name === chosen);
    if (now) await panel.show(now);
    else byId("label").hidden = true;
    await runs.show();
  } catch (error) {
    say((error as Error).message, "error");
  }
  document.body.dataset["ready"] = "yes";
}

function draw(labels: LabelOverview[]): void {
  const names = ["Label", "Anchors", "Yes", "No", "Unsure", "Threshold", "Tagged", "Health"];
  const heads = names.map((name, at) => el("th", { scope: "col", class: at > 0 && at < 7 ? "number" : "" }, name));
  // Without the heads, which are wider than a phone, the words are as wide as the page.
  const none = el("tbody", {}, el("tr", {}, el("td", {}, "No labels yet: add one here, or select sounds on the map and name them.")));
  const filled = () => [el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...labels.map(row))];
  byId("label-table").replaceChildren(...(labels.length ? filled() : [none]));
}

function row(label: LabelOverview): HTMLTableRowElement {
  const health = healthOf(label);
  const dot = el("i", { class: "dot" });
  if (label.color) dot.style.background = dot.style.borderColor = label.color;
  const anchors = label.negative_anchors ? `${label.anchors} − ${label.negative_anchors}` : String(label.anchors);
  const numbers = [anchors, label.accepted, label.rejected, label.unsure, threshold(label), label.tagged];
  return el(
    "tr",
    { class: label.name === chosen ? "chosen" : "" },
    el("td", {}, dot, el("button", { type: "button", title: label.name, onclick: () => choose(label.name) }, label.name)),
    ...numbers.map((value) => el("td", { class: "number" }, value)),
    el("td", { class: `health ${health.kind}` }, health.text),
  );
}

function threshold(label: LabelOverview): HTMLElement {
  const from = label.threshold_from === "hand" ? "by hand" : (label.threshold_from ?? "");
  return el("span", {}, label.threshold?.toFixed(3) ?? "", el("small", {}, from));
}

function choose(name: string): void {
  chosen = name;
  history.replaceState(null, "", `#${encodeURIComponent(chosen)}`);
  changed();
}

function bindForm(): void {
  const form = byId<HTMLFormElement>("new-label");
  let adding: Promise<void> | null = null;
  form.hidden = !config.mayLabel;
  byId("read-only").hidden = config.mayLabel;
  byId("read-only").textContent = config.readOnly;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (adding) return; // pressed twice
    const name = String(new FormData(form).get("name")).trim();
    adding = api.post("api/labels", { name }).then(
      () => {
        form.reset();
        choose(name);
      },
      (error: Error) => say(error.message, "error"),
    ).finally(() => (adding = null));
  });
}

context.undo.onTurn(changed);
followTheme(changed);
bindVolume(player);
bindForm();
changed();
