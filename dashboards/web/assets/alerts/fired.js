// What rules fired, and what people say of it.

import { fill, make, setText } from "../base/dom.js";
import { moment } from "../base/format.js";
import { get } from "../base/live.js";
import { showRules } from "./rules.js";
import { send } from "./send.js";
import { addressOf, onFired, want, wants } from "./tell.js";

const MOST = 50;
const body = document.querySelector("#fired tbody");
const headers = [...document.querySelectorAll("#fired th")];
const said = document.getElementById("fired-said");

function rowOf(firing) {
  const row = make("tr");
  row.dataset.id = firing.id;
  fill(row, [moment(firing.time_ms), firing.rule, firing.symbol, firing.text, ""], headers);
  const link = make("a", firing.text);
  link.href = addressOf(firing);
  row.cells[3].replaceChildren(link);
  row.cells[3].classList.add("message");
  row.cells[4].append(...["right", "wrong"].map((mark) => {
    const button = make("button", mark);
    button.type = "button";
    button.dataset.mark = mark;
    button.setAttribute("aria-pressed", String(firing.mark === mark));
    button.setAttribute("aria-label", `${mark}: ${firing.rule}, ${moment(firing.time_ms)}`);
    button.addEventListener("click", () => judge(firing, row, mark));
    return button;
  }));
  return row;
}

async function judge(firing, row, mark) {
  // The same again takes it back.
  const given = firing.mark === mark ? null : mark;
  try {
    await send(`/api/v1/alerts/fired/${firing.id}/mark`, "PUT", { mark: given });
    firing.mark = given;
    for (const button of row.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.mark === given));
    setText(said, "");
    await showRules();
  } catch (error) {
    setText(said, error.message);
  }
}

export async function showFired() {
  const { firings } = await get(`/api/v1/alerts/fired?limit=${MOST}`);
  body.replaceChildren(...firings.map(rowOf));
  empty();
}

function empty() {
  document.getElementById("none-fired").hidden = body.rows.length > 0;
}

onFired((firings) => {
  for (const firing of firings) if (!body.querySelector(`[data-id="${firing.id}"]`)) body.prepend(rowOf(firing));
  while (body.rows.length > MOST) body.lastElementChild.remove();
  empty();
  showRules();
});

for (const box of document.querySelectorAll("[data-tell]")) {
  box.checked = wants(box.dataset.tell);
  box.addEventListener("change", async () => {
    if (!await want(box.dataset.tell, box.checked)) {
      box.checked = false;
      want(box.dataset.tell, false);
      setText(said, "The browser does not allow notices: allow them for this address.");
    }
  });
}
