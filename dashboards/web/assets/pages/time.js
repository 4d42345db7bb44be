// The time machine: the panels of a symbol as they were at a moment; stepped and played.

import { moment } from "../base/format.js";
import { pick, setText } from "../base/dom.js";
import { follow, notice } from "../base/live.js";
import { fillTabs } from "../base/tabs.js";
import { Board } from "../panels/board.js";
import { definitions } from "../panels/definitions.js";
import { MarketChart } from "../panels/market.js";
import { PanelCard } from "../panels/panel.js";

const TICK_MS = 1000;
const STEPS = 20;
// Where nothing is left to play, what was played in so many ticks comes again.
const AGAIN_TICKS = 20;
const SHOWN = ["large_orders.standing", "large_orders.actions", "flow.book", "flow.cvd", "flow.open_interest", "flow.depth", "alerts.latest"];
const form = document.getElementById("choice");
const play = document.getElementById("play");
const query = new URLSearchParams(location.search);
pick(form.elements.minutes, query.get("minutes"));
let states = [];
let symbol = query.get("symbol")?.toUpperCase() ?? "";
let venue = query.get("venue") ?? "";
let at = Number(query.get("at")) || null;
let chart = null;
let cards = [];
let timer = 0;

const minutes = () => Number(form.elements.minutes.value);
const chosen = () => states.find((state) => state.symbol === symbol && (!venue || state.venue === venue));
const open = (id) => { location.href = `/large-orders/${encodeURIComponent(symbol)}#order=${encodeURIComponent(id)}`; };

function show() {
  const state = chosen();
  if (!state) return;
  // There is nothing before the clock began.
  at = Math.max(minutes() * 60000, Math.min(at ?? state.now_ms, state.now_ms));
  const range = { from_ms: at - minutes() * 60000, to_ms: at };
  history.replaceState(null, "", `?${new URLSearchParams({ symbol, venue: state.venue, at, minutes: minutes() })}`);
  document.body.dataset.symbol = symbol;
  document.body.dataset.at = at;
  if (document.activeElement !== form.elements.at) form.elements.at.value = new Date(at).toISOString().slice(0, 19);
  setText(document.getElementById("then-title"), `${symbol} at ${moment(at)} UTC`);
  document.getElementById("then").hidden = false;
  notice("");
  if (chart?.symbol !== symbol || chart?.venue !== state.venue) {
    chart?.stop?.();
    chart = new MarketChart(document.querySelector("#then .chart"), state.venue, symbol, open);
    chart.show(range);
    chart.start();
  } else chart.show(range);
  for (const card of cards) card.ask({ symbol, venue: state.venue, ...range });
  fillTabs(document.getElementById("jump"), [...new Set(states.map((one) => one.symbol))], symbol, choose, (name) => `?${new URLSearchParams({ symbol: name, at })}`);
}

function choose(name) {
  symbol = name;
  venue = "";
  show();
}

function step(parts) {
  at += (parts * minutes() * 60000) / STEPS;
  show();
}

function pause() {
  clearInterval(timer);
  timer = 0;
  play.setAttribute("aria-pressed", "false");
  setText(play, "Play");
}

function toggle() {
  if (timer) {
    pause();
    return;
  }
  const newest = chosen()?.now_ms;
  if (!newest) return;
  play.setAttribute("aria-pressed", "true");
  setText(play, "Pause");
  const tick = TICK_MS * Number(form.elements.speed.value);
  if (at + tick > newest) {
    at -= AGAIN_TICKS * tick;
    show();
  }
  timer = setInterval(() => {
    const end = chosen()?.now_ms ?? 0;
    if (at >= end) pause();
    else {
      at += TICK_MS * Number(form.elements.speed.value);
      show();
    }
  }, TICK_MS);
}

form.addEventListener("submit", (event) => event.preventDefault());
form.elements.minutes.addEventListener("change", show);
form.elements.at.addEventListener("change", () => {
  const typed = Date.parse(`${form.elements.at.value}Z`);
  if (Number.isNaN(typed)) return;
  pause();
  at = typed;
  show();
});
for (const button of form.querySelectorAll("[data-step]")) {
  button.addEventListener("click", () => {
    pause();
    step(Number(button.dataset.step));
  });
}
play.addEventListener("click", toggle);
document.getElementById("newest").addEventListener("click", () => {
  pause();
  at = null;
  show();
});
document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("input, select, button, a, dialog, [tabindex]:not(main)") || event.ctrlKey || event.metaKey || event.altKey) return;
  const parts = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
  if (parts) {
    pause();
    step(parts);
  } else if (event.key === " ") toggle();
  else return;
  event.preventDefault();
});
const order = (event) => event.target.closest("tr[data-order-id]")?.dataset.orderId;
document.getElementById("panels").addEventListener("click", (event) => order(event) && open(order(event)));
document.getElementById("panels").addEventListener("keydown", (event) => event.key === "Enter" && order(event) && open(order(event)));

const { panels } = await definitions();
const board = new Board(document.getElementById("panels"), SHOWN.map((key) => panels[key]), { open });
({ cards } = board);
follow("large-orders", (status) => {
  if (status.error) {
    notice(status.error);
    return;
  }
  const isFirst = states.length === 0;
  states = status.symbols;
  if (!states.length) notice("No symbol has sent anything yet.");
  else if (isFirst) {
    const asked = symbol;
    if (!chosen()) ({ symbol, venue } = states[0]);
    show();
    if (asked && asked !== symbol) notice(`${asked} is not followed here: this is ${symbol}.`);
  }
});
