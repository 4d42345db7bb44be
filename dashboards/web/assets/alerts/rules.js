// The rules of people: what they watch, how often they fired, how right they were; made and tried here.

import { fill, make, setText } from "../base/dom.js";
import { moment, show, two, usd, zero } from "../base/format.js";
import { get } from "../base/live.js";
import { send } from "./send.js";

const form = document.getElementById("rule");
const said = document.getElementById("rule-said");
const body = document.querySelector("#rules tbody");
const headers = [...document.querySelectorAll("#rules th")];

// Only what the form names: the rest keeps its default.
function ruleOfForm() {
  const given = new FormData(form);
  const rule = { name: given.get("name").trim(), on: given.get("on"), sound: given.has("sound") };
  const symbols = given.get("symbols").split(",").map((symbol) => symbol.trim()).filter(Boolean);
  if (symbols.length) rule.symbols = symbols;
  if (given.get("side")) rule.side = given.get("side");
  for (const name of ["min_usd", "min_path_ratio", "min_spoof_probability", "within_bps", "cooldown_s"]) {
    if (given.get(name) !== "") rule[name] = Number(given.get(name));
  }
  const channels = given.getAll("channels");
  if (channels.length) rule.channels = channels;
  return rule;
}

function conditions(rule) {
  return [
    rule.symbols.join(", ") || "all symbols",
    rule.side,
    rule.min_usd ? `from ${usd(rule.min_usd)}` : "",
    rule.within_bps ? `within ${rule.within_bps} bps` : "",
    rule.min_path_ratio ? `path ratio from ${rule.min_path_ratio}` : "",
    rule.min_spoof_probability ? `lure from ${zero.format(rule.min_spoof_probability * 100)} %` : "",
    rule.actions.join(", "),
    rule.cooldown_s ? `at most every ${rule.cooldown_s} s` : "",
    rule.channels.length ? `to ${rule.channels.join(", ")}` : "",
  ].filter(Boolean).join(" · ");
}

export async function showRules() {
  const answer = await get("/api/v1/alerts/rules");
  body.replaceChildren(...answer.rules.map(({ rule, ...how }) => {
    const row = make("tr");
    row.dataset.rule = rule.name;
    fill(row, [
      rule.name, rule.on.replaceAll("_", " "), conditions(rule), String(how.fired), String(how.held_back),
      how.right + how.wrong ? `${zero.format(how.precision * 100)} % of ${how.right + how.wrong}` : "not judged", "",
    ], headers);
    const cell = row.cells[6];
    if (how.is_configured) setText(cell, "in the settings");
    else {
      const forget = make("button", "Forget");
      forget.type = "button";
      forget.setAttribute("aria-label", `Forget ${rule.name}`);
      forget.addEventListener("click", () => change(`/api/v1/alerts/rules/${encodeURIComponent(rule.name)}`, "DELETE", {}, `${rule.name} is forgotten.`));
      cell.append(forget);
    }
    return row;
  }));
  document.getElementById("no-rules").hidden = answer.rules.length > 0;
  const channels = document.getElementById("rule-channels");
  if (channels.dataset.names !== Object.keys(answer.channels).join()) {
    channels.dataset.names = Object.keys(answer.channels).join();
    channels.replaceChildren(...Object.keys(answer.channels).map((name) => {
      const label = make("label", "", "tick");
      const box = make("input");
      Object.assign(box, { type: "checkbox", name: "channels", value: name });
      label.append(box, ` ${name}`);
      return label;
    }));
  }
  if (!answer.writable) setText(said, answer.read_only_reason);
  return answer;
}

async function change(path, method, document, words) {
  try {
    await send(path, method, document);
    setText(said, words);
    await showRules();
  } catch (error) {
    setText(said, error.message);
  }
}

async function preview() {
  const rule = ruleOfForm();
  setText(said, "Trying it on the last 24 hours …");
  try {
    const told = await send("/api/v1/alerts/preview?hours=24", "POST", { ...rule, name: rule.name || "this rule" });
    const { grades } = told;
    const graded = grades.graded
      ? ` Graded ${grades.horizon_ms / 1000} s later: mid had moved the way they read in ${grades.favourable} of ${grades.graded}, ${show(grades.mean_bps, two.format)} bps on average.`
      : " None of them was graded.";
    const newest = told.newest.length ? ` The last one: ${moment(told.newest[0].time_ms)} ${told.newest[0].symbol}, ${told.newest[0].text}.` : "";
    setText(said, `It would have fired ${told.fired} times between ${moment(told.from_ms)} and ${moment(told.to_ms)}; the cool-down held ${told.held_back} back.${graded}${newest}`);
  } catch (error) {
    setText(said, error.message);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const rule = ruleOfForm();
  change(`/api/v1/alerts/rules/${encodeURIComponent(rule.name)}`, "PUT", rule, `${rule.name} watches from now on.`);
});
document.getElementById("rule-preview").addEventListener("click", preview);
