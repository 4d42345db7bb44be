// Alerts of all symbols, and the walls that were pulled: the panels of their board.

import { pick } from "../base/dom.js";
import { follow, notice } from "../base/live.js";
import { showFired } from "../alerts/fired.js";
import { showRules } from "../alerts/rules.js";
import { Board } from "../panels/board.js";

const form = document.getElementById("choice");
const query = new URLSearchParams(location.search);
pick(form.elements.minutes, query.get("minutes"));

const open = (id) => { location.href = `/large-orders#order=${encodeURIComponent(id)}`; };
const board = Board.make(document.getElementById("panels"), "wallwatch-alerts", { open });

async function show() {
  const minutes = form.elements.minutes.value;
  history.replaceState(null, "", `?${new URLSearchParams({ minutes })}`);
  try {
    (await board).ask({ minutes });
    notice("");
  } catch (error) {
    notice(error.message);
  }
}

const chosen = (event) => event.target.closest("tr[data-order-id]")?.dataset.orderId;
document.getElementById("panels").addEventListener("click", (event) => chosen(event) && open(chosen(event)));
document.getElementById("panels").addEventListener("keydown", (event) => event.key === "Enter" && chosen(event) && open(chosen(event)));
form.addEventListener("change", show);
form.addEventListener("submit", (event) => event.preventDefault());
follow("pipeline", () => {});
show();
Promise.all([showRules(), showFired()]).catch((error) => notice(error.message));
