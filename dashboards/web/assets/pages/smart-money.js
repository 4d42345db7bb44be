// What the large money does: the reading of each quarter hour, and what led to it.

import { clock, duration, notLive, partlyLive, percent, show, signed, tone, two, moneyOf } from "../base/format.js";
import { badge, facts, make, setData, setText } from "../base/dom.js";
import { follow, get, notice } from "../base/live.js";
import { colour, draw, legend, themeChanged, valueAxis } from "../panels/charts.js";
import { Board } from "../panels/board.js";
import { definitions } from "../panels/definitions.js";
import { PanelCard } from "../panels/panel.js";

const REFRESH_MS = 10000;
const DAY_MINUTES = 1440;
const ACTION_MINUTES = 15;
const cards = new Map();
let readings = [];
let symbols = [];
let readAt = 0;

function cardOf(state) {
  const key = `${state.venue}:${state.symbol}`;
  if (!cards.has(key)) {
    const card = document.getElementById("reading-template").content.firstElementChild.cloneNode(true);
    card.dataset.symbol = state.symbol;
    card.querySelector("h2").textContent = state.symbol;
    document.getElementById("readings").append(card);
    cards.set(key, card);
  }
  return cards.get(key);
}

function renderCard(state) {
  const card = cardOf(state);
  const { reading, quarter } = state;
  const isLive = state.state === "live";
  const action = reading && isLive ? reading.final_action : state.action;
  setData(card, "feed", state.state);
  badge(card.querySelector(".action"), action, tone);
  setData(card, "action", action);
  const ends = quarter ? duration(quarter.end_ms - quarter.until_ms) : "";
  const told = partlyLive(state) && `${partlyLive(state)}. `;
  setText(card.querySelector(".verdict"), !isLive
    ? notLive(state)
    : told + (reading
    ? `${reading.is_smart_money ? "Smart money" : "No clear hand"}, from ${reading.source.replaceAll("_", " ").replace("+", " and ")}, quarter to ${clock(reading.event_time)}; the orders now say ${state.action}.`
    : `From the orders alone: the first quarter ends in ${ends}.`));
  const meter = card.querySelector(".meter");
  meter.hidden = !reading;
  const confidence = reading?.confidence ?? 0;
  meter.setAttribute("aria-valuenow", confidence);
  meter.firstElementChild.style.width = `${confidence * 100}%`;
  meter.title = `confidence ${two.format(confidence)}`;
  const reasons = card.querySelector(".reasons");
  const text = reading?.reasons.join("|") ?? "";
  if (reasons.dataset.text !== text) {
    reasons.dataset.text = text;
    reasons.replaceChildren(...(reading?.reasons ?? []).map((reason) => make("li", reason)));
  }
  if (!quarter) return;
  const money = moneyOf(state);
  facts(card.querySelector(".facts"), [
    [`Since ${clock(quarter.start_ms)}`, `ends in ${ends}`],
    ["Reads so far", state.preliminary ? `${state.preliminary.final_action}, confidence ${two.format(state.preliminary.confidence)}` : "nothing yet"],
    ["Price", show(quarter.price_change_pct, percent(3))],
    ["Delta", `${signed(money)(quarter.delta_usd)} of ${money(quarter.volume_usd)}`],
    ["Open interest", show(quarter.oi_change_pct, percent(3))],
    ["Smart score", show(state.smart_score, signed(two.format))],
  ]);
}

const share = (delta, volume) => (volume ? (delta / volume) * 100 : null);

// Names of symbols that are near each other do not lie on each other.
const BESIDE = ["top center", "bottom center", "middle right", "middle left"];

function drawQuadrants() {
  const points = (symbol) => readings.filter((reading) => reading.symbol === symbol && reading.volume_usd).reverse();
  const traces = [];
  symbols.forEach((state, index) => {
    const tint = colour(`series-${(index % 6) + 1}`);
    const past = points(state.symbol);
    traces.push({
      type: "scatter", mode: "lines+markers", name: state.symbol, legendgroup: state.symbol, showlegend: past.length > 0,
      x: past.map((reading) => reading.price_change_pct), y: past.map((reading) => share(reading.delta_usd, reading.volume_usd)),
      text: past.map((reading) => `${state.symbol} ${clock(reading.event_time)}<br>${reading.final_action}`),
      line: { color: tint, width: 1, dash: "dot" },
      marker: { color: past.map((reading) => (reading.oi_change_pct > 0 ? tint : colour("panel"))), size: 10, line: { color: tint, width: 2 } },
      hovertemplate: "%{text}<extra></extra>",
    });
    if (!state.quarter || state.quarter.price_change_pct === null) return;
    traces.push({
      type: "scatter", mode: "markers+text", name: state.symbol, legendgroup: state.symbol, showlegend: past.length === 0,
      x: [state.quarter.price_change_pct], y: [share(state.quarter.delta_usd, state.quarter.volume_usd)],
      text: [state.symbol], textposition: BESIDE[index % BESIDE.length], textfont: { color: colour("ink"), size: 11 },
      marker: { symbol: "diamond", color: state.quarter.oi_change_pct > 0 ? tint : colour("panel"), size: 12, line: { color: tint, width: 2 } },
      hovertemplate: `${state.symbol}, running quarter<br>price %{x:.3f} %<br>delta %{y:.1f} % of volume<extra></extra>`,
    });
  });
  const reach = Math.max(0.2, ...traces.flatMap((trace) => trace.x.map(Math.abs))) * 1.25;
  const corner = (text, x, y, tint) => ({ text, xref: "paper", yref: "paper", x, y, xanchor: x ? "right" : "left", yanchor: y ? "top" : "bottom", showarrow: false, font: { size: 11, color: colour(tint) } });
  draw(document.querySelector(".quadrants"), traces, {
    xaxis: valueAxis({ range: [-reach, reach], ticksuffix: " %", zeroline: true, side: "bottom", title: { text: "price change", font: { size: 11, color: colour("soft") } } }),
    yaxis: valueAxis({ range: [-105, 105], ticksuffix: " %", zeroline: true, side: "left", title: { text: "taker delta of volume", font: { size: 11, color: colour("soft") } } }),
    annotations: [corner("ACCUMULATE", 0, 1, "buy-ink"), corner("MARKUP", 1, 1, "buy-ink"), corner("MARKDOWN", 0, 0, "sell-ink"), corner("DISTRIBUTION", 1, 0, "sell-ink")],
    ...legend(),
  }, "quadrants").catch((error) => notice(error.message));
}

async function loadHistory() {
  readAt = Date.now();
  try {
    const answer = await get("/api/v1/smart-money/history?hours=24");
    readings = answer.readings;
  } catch (error) {
    notice(error.message);
  }
}

function redraw() {
  if (!symbols.length) return;
  drawQuadrants();
}

follow("smart-money", (frame) => {
  if (frame.error) {
    notice(frame.error);
    return;
  }
  symbols = frame.symbols;
  notice(symbols.length ? "" : "No symbol has sent anything yet.");
  symbols.forEach(renderCard);
  redraw();
  if (Date.now() - readAt >= REFRESH_MS) loadHistory();
});
themeChanged.addEventListener("change", redraw);

async function showPanels() {
  const board = await Board.make(document.getElementById("panels"), "wallwatch-smart-money");
  board.ask({ minutes: DAY_MINUTES });
  const actions = new PanelCard((await definitions()).panels["large_orders.actions"]);
  document.getElementById("beside").append(actions.element);
  actions.ask({ minutes: ACTION_MINUTES });
}

showPanels().catch((error) => notice(error.message));
