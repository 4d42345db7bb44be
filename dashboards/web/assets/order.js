// One order in depth: its quantity over time, the trades that hit it, the flow around it, in words.

import { clock, duration, grouped, quantity, two, usd } from "./format.js";
import { facts, make } from "./dom.js";
import { get, notice } from "./live.js";
import { colour, draw, forget, legend, timeAxis, valueAxis } from "./charts.js";

const dialog = document.getElementById("order");
const REFRESH_MS = 1000;
let shown = null;
let timer = 0;

export function openOrder(id) {
  shown = id;
  history.replaceState(null, "", `#order=${encodeURIComponent(id)}`);
  refresh();
}

export function openFromAddress() {
  const id = new URLSearchParams(location.hash.slice(1)).get("order");
  if (id) openOrder(id);
}

async function refresh() {
  clearTimeout(timer);
  const id = shown;
  if (id === null) return;
  try {
    const document = await get(`/api/v1/large-orders/order?order_id=${encodeURIComponent(id)}`);
    if (id !== shown) return;
    if (!dialog.open) dialog.showModal();
    render(document);
    // A closed order changes no more, but what follows it does for half a minute.
    if (document.order.state !== "closed") timer = setTimeout(refresh, REFRESH_MS);
  } catch (error) {
    if (!dialog.open) {
      notice(error.message);
      shown = null;
    } else timer = setTimeout(refresh, REFRESH_MS);
  }
}

function render({ order, words, evidence_parts: parts, events, hits, flow }) {
  dialog.dataset.orderId = order.order_id;
  dialog.dataset.classification = order.classification;
  dialog.querySelector("#order-title").textContent = `${order.symbol} ${order.side} at ${grouped.format(order.price)} · ${order.classification}`;
  dialog.querySelector(".json").href = `/api/v1/large-orders/order?order_id=${encodeURIComponent(order.order_id)}`;
  dialog.querySelector("#order-words").replaceChildren(...words.map((line) => make("li", line)));
  const evidence = dialog.querySelector("#order-evidence");
  evidence.replaceChildren(...parts.map((part) => {
    const pair = make("div");
    const meter = make("meter");
    meter.min = 0;
    meter.max = 1;
    meter.value = part.share;
    const value = make("dd", two.format(part.share));
    value.prepend(meter);
    pair.append(make("dt", part.words), value);
    return pair;
  }));
  evidence.previousElementSibling.hidden = parts.length === 0;
  facts(dialog.querySelector("#order-facts"), [
    ["First seen", clock(order.first_seen)],
    [order.state === "closed" ? "Lived" : "Age", duration(order.lifetime_ms)],
    ["Quantity at most", quantity(order.max_qty)],
    ["Traded", quantity(order.traded_qty)],
    ["Cancelled", quantity(order.cancelled_qty)],
    ["Added", quantity(order.added_qty)],
    ["Traded beyond what was shown", quantity(order.hidden_traded_qty)],
    ["Spoof score", two.format(order.spoof_score)],
    ["Impact ratio, peak", two.format(order.max_impact_ratio)],
    ["Distance from mid, bps", `${two.format(order.distance_bps_open)} → ${two.format(order.distance_bps)}`],
    ["Refills", String(order.refill_count)],
    ["Threshold", usd(order.threshold_usd)],
  ]);
  const body = dialog.querySelector("#order-hits tbody");
  body.replaceChildren(...hits.slice(-200).reverse().map((hit) => {
    const row = make("tr");
    row.append(make("td", clock(hit.time_ms)), make("td", quantity(hit.qty), "number"), make("td", usd(hit.usd), "number"));
    return row;
  }));
  if (!hits.length) body.append(Object.assign(make("tr"), { innerHTML: '<td colspan="3">none</td>' }));
  drawQuantity(order, events, hits);
  drawAround(order, flow);
}

function drawQuantity(order, events, hits) {
  const last = order.closed_at ?? order.event_time;
  const x = [...events.map((event) => event.event_time), last];
  const y = [...events.map((event) => event.current_qty), order.current_qty];
  const margin = Math.max(500, (last - order.first_seen) * 0.05);
  const hitY = hits.map((hit) => y[x.findLastIndex((time) => time <= hit.time_ms)]);
  const top = Math.max(...hits.map((hit) => hit.qty), 1e-12);
  draw(dialog.querySelector(".quantity"), [
    { type: "scatter", mode: "lines", line: { shape: "hv", color: colour(order.side === "bid" ? "buy" : "sell"), width: 2 }, fill: "tozeroy", x, y, hovertemplate: "%{y:,.4~f}<br>%{x|%H:%M:%S.%L}<extra></extra>" },
    { type: "scatter", mode: "markers", x: hits.map((hit) => hit.time_ms), y: hitY, text: hits.map((hit) => usd(hit.usd)), marker: { symbol: order.side === "bid" ? "triangle-down" : "triangle-up", color: colour("ink"), size: hits.map((hit) => 4 + 10 * Math.sqrt(hit.qty / top)) }, hovertemplate: "traded %{text}<br>%{x|%H:%M:%S.%L}<extra></extra>" },
  ], {
    xaxis: timeAxis(order.first_seen - margin, last + margin), yaxis: valueAxis({ rangemode: "tozero" }),
  }, order.order_id);
}

function drawAround(order, flow) {
  const span = [flow.time_ms[0] ?? order.first_seen, (flow.time_ms.at(-1) ?? order.event_time) + 1000];
  const edge = (time) => ({ type: "line", xref: "x", yref: "paper", x0: time, x1: time, y0: 0, y1: 1, line: { color: colour("lure"), width: 1, dash: "dot" } });
  draw(dialog.querySelector(".around"), [
    { type: "scatter", mode: "lines", name: "CVD", x: flow.time_ms, y: flow.cvd_usd, line: { color: colour("focus"), width: 2 }, hovertemplate: "CVD $%{y:,.3~s}<extra></extra>" },
    { type: "scatter", mode: "lines", name: "open interest", yaxis: "y2", x: flow.time_ms, y: flow.open_interest, line: { color: colour("soft"), width: 1.5, shape: "hv" }, hovertemplate: "OI %{y:,.1f}<extra></extra>" },
  ], {
    xaxis: timeAxis(...span), yaxis: valueAxis({ tickformat: "$~s", side: "left" }),
    yaxis2: valueAxis({ overlaying: "y", showgrid: false, tickformat: ",~r" }),
    shapes: [edge(order.first_seen), ...(order.closed_at === null ? [] : [edge(order.closed_at)])], ...legend(),
  }, order.order_id);
}

dialog.querySelector("#order-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener("close", () => {
  shown = null;
  clearTimeout(timer);
  history.replaceState(null, "", location.pathname + location.search);
  for (const chart of dialog.querySelectorAll(".chart")) forget(chart);
});
