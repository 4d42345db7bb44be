// Flow of one symbol: the panels of its board, and the newest figures above them.

import { clock, digits, known, moneyIn, moneyOf, notLive, partlyLive, percent, quantity, show, sign, signed, zero } from "../base/format.js";
import { pick, setData, setText } from "../base/dom.js";
import { follow, notice } from "../base/live.js";
import { Board } from "../panels/board.js";
import { symbolTabs } from "../base/tabs.js";

const RECENT_MS = 60000;
const form = document.getElementById("choice");
const query = new URLSearchParams(location.search);
pick(form.elements.minutes, query.get("minutes"));
let chosen = null;

const board = Board.make(document.getElementById("panels"), "wallwatch-flow", {
  heard: {
    "flow.price": ({ columns }) => set("price", show(columns.close.findLast(known), digits)),
    "flow.volume": recentVolume,
    "flow.funding": ({ columns }) => set("funding", show(columns.funding_rate.findLast(known), (rate) => percent(4)(rate * 100))),
  },
});

function set(name, text, value) {
  const cell = document.querySelector(`#figures [data-field="${name}"] dd`);
  setText(cell, text);
  if (value !== undefined) setData(cell, "sign", sign(value));
}

function recentVolume({ columns, to, step, quote }) {
  const sum = (name) => columns[name].reduce((total, value, index) => total + (columns.time[index] + step > to - RECENT_MS ? value : 0), 0);
  const [bought, sold] = [sum("bought"), -sum("sold")];
  set("delta", signed(moneyIn(quote))(bought - sold), bought - sold);
  set("buyers", bought + sold ? `${zero.format((bought / (bought + sold)) * 100)} %` : "–");
}

async function choose(state) {
  chosen = state;
  const minutes = form.elements.minutes.value;
  history.replaceState(null, "", `?${new URLSearchParams({ symbol: state.symbol, minutes })}`);
  document.body.dataset.symbol = state.symbol;
  notice("");
  try {
    (await board).ask({ symbol: state.symbol, venue: state.venue, minutes });
  } catch (error) {
    notice(error.message);
  }
}

form.addEventListener("change", () => chosen && choose(chosen));
form.addEventListener("submit", (event) => event.preventDefault());
symbolTabs(query.get("symbol"), choose);
follow("large-orders", (status) => {
  const state = status.symbols?.find((one) => one.symbol === chosen?.symbol && one.venue === chosen?.venue);
  if (!state) return;
  const { summary } = state;
  setData(document.querySelector("main"), "feed", state.state);
  setText(document.getElementById("feed"), state.state === "live" ? partlyLive(state) : notLive(state));
  set("cvd", show(summary.cvd_usd, signed(moneyOf(state.context))), summary.cvd_usd ?? 0);
  set("open_interest", show(summary.open_interest, quantity));
  set("oi_change", show(summary.oi_change_pct, percent(3)), summary.oi_change_pct ?? 0);
  set("last_update", clock(state.now_ms));
});
