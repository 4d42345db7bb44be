// The live page of large orders: all symbols, or one in depth.

import { digits, duration, known, moneyOf, notLive, one, partlyLive, percent, priceFormat, quantity, show, sign, signed, tone, two } from "../base/format.js";
import { Rows, badge, make, setData, setText } from "../base/dom.js";
import { follow, notice } from "../base/live.js";
import { columnsOf, definitions } from "../panels/definitions.js";
import { MarketChart } from "../panels/market.js";
import { current, isActive, matches, onChange } from "../orders/filters.js";
import { openFromAddress, openOrder } from "../orders/order.js";
import { kindOf, newRow, renderOrder } from "../orders/order-row.js";
import { Beside } from "../orders/beside.js";
import { fillTabs } from "../base/tabs.js";
import { EndedOrders } from "../orders/ended.js";

const only = decodeURIComponent(location.pathname.split("/")[2] ?? "").toUpperCase();
const sections = new Map();
let newest = null;
let summaryPanel = null;
let table = null;
let besidePanel = null;
let ended = null;
// Each section is a chart and a table: many at once would be slow, and nobody looks at them.
const SECTIONS = 24;
let most = SECTIONS;

// A chart is kept up to date only while somebody can see it.
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const chart = [...sections.values()].find((entry) => entry.element === target)?.chart;
    if (isIntersecting) chart?.start();
    else chart?.stop?.();
  }
}, { rootMargin: "120px" });

function sectionOf(state) {
  const key = `${state.venue}:${state.symbol}`;
  const found = sections.get(key);
  if (found) return found;
  const section = document.getElementById("symbol-template").content.firstElementChild.cloneNode(true);
  entitle(section);
  const id = `symbol-${state.venue}-${state.symbol}`;
  section.id = id;
  section.dataset.symbol = state.symbol;
  section.dataset.venue = state.venue;
  section.setAttribute("aria-labelledby", `${id}-name`);
  const heading = section.querySelector("h2");
  heading.id = `${id}-name`;
  heading.firstElementChild.textContent = state.symbol;
  heading.firstElementChild.href = `/large-orders/${encodeURIComponent(state.symbol)}`;
  section.querySelector(".scroll").setAttribute("aria-label", `Tracked orders of ${state.symbol}`);
  const beside = section.querySelector(".beside");
  beside.setAttribute("aria-label", `Beside the orders of ${state.symbol} that stand`);
  const link = section.querySelector(".json");
  link.href = `/api/v1/large-orders/detect?symbol=${encodeURIComponent(state.symbol)}&venue=${encodeURIComponent(state.venue)}`;
  link.setAttribute("aria-label", `${state.symbol} as JSON`);
  const element = section.querySelector(".heat");
  element.classList.toggle("tall", Boolean(only));
  const chart = new MarketChart(element, state.venue, state.symbol, openOrder);
  const entry = { section, element, chart, beside: new Beside(beside, besidePanel), price: two, threshold: 0 };
  entry.rows = new Rows(section.querySelector("tbody"), (order) => newRow(table, order), (row, order) => renderOrder(row, order, entry));
  sections.set(key, entry);
  return entry;
}

// The eight figures and the nine columns are called as in their panels.
function entitle(section) {
  section.querySelector(".summary").append(...columnsOf(summaryPanel).map((column) => {
    const pair = make("div");
    pair.dataset.field = column.name;
    const value = make("dd");
    if (column.name === "final_action") value.append(make("strong", "", "action"));
    if (column.type === "time") value.append(make("time"));
    pair.append(make("dt", column.title), value);
    return pair;
  }));
  section.querySelector("thead tr").append(...columnsOf(table).map((column) => {
    const header = make("th", column.title, kindOf(column));
    header.setAttribute("role", "columnheader");
    header.scope = "col";
    return header;
  }));
}

function renderSummary(section, state) {
  const { summary, context } = state;
  const money = moneyOf(context);
  const field = (name) => section.querySelector(`[data-field="${name}"] dd`);
  badge(section.querySelector(".action"), summary.final_action, tone);
  setData(section, "action", summary.final_action);
  setText(field("buy_score"), show(summary.buy_score, one.format));
  setText(field("sell_score"), show(summary.sell_score, one.format));
  setText(field("cvd_usd"), show(summary.cvd_usd, signed(money)));
  setText(field("open_interest"), show(summary.open_interest, quantity));
  setText(field("oi_change_pct"), show(summary.oi_change_pct, percent(3)));
  setText(field("spoof_count"), String(summary.spoof_count));
  for (const name of ["cvd_usd", "oi_change_pct"]) setData(field(name), "sign", sign(summary[name]));
  const time = section.querySelector("time");
  const iso = new Date(summary.last_update).toISOString();
  setText(time, iso.slice(11, 19));
  if (time.dateTime !== iso) {
    time.dateTime = iso;
    time.title = `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC, market time`;
  }
  setData(section, "feed", state.state);
  const market = state.state !== "live"
    ? notLive(state)
    : context.book_is_valid === false
    ? "the book waits for a snapshot"
    : [
        known(context.quote_usd) || !known(context.mid) || !context.quote ? "" : `amounts are in ${context.quote}: its value in USD is unknown`,
        known(context.mid) ? `mid ${digits(context.mid)}` : "",
        known(context.threshold_usd) ? `large from ${money(context.threshold_usd)}` : "",
        partlyLive(state),
      ].filter(Boolean).join(" · ");
  setText(section.querySelector(".market"), market);
}

function renderOrders(entry, state, threshold) {
  const filter = current();
  const orders = state.orders.filter((order) => matches(order, filter));
  entry.money = moneyOf(state.context);
  entry.price = priceFormat(state.orders.map((order) => order.price));
  entry.threshold = threshold;
  entry.rows.set(orders, (order) => order.order_id);
  entry.beside.show(orders, { price: entry.price, money: entry.money });
  setData(entry.section, "shown", orders.length);
  setData(entry.section, "known", state.orders.length);
  const count = isActive(filter) ? `${orders.length} of ${state.orders.length} tracked orders` : "Tracked orders";
  setText(entry.section.querySelector("caption"), `${count}: open ones by value, then those closed in the last two minutes. Enter or a click opens one.`);
  entry.section.querySelector(".scroll").hidden = orders.length === 0;
  const none = entry.section.querySelector(".none");
  none.hidden = orders.length > 0;
  setText(none, state.orders.length
    ? `None of ${state.orders.length} tracked orders passes the filters.`
    : "No large order is open, and none was closed in the last two minutes.");
}

function renderTabs(symbols) {
  const names = ["All", ...symbols];
  const address = (symbol) => (symbol === "All" ? "/large-orders" : `/large-orders/${encodeURIComponent(symbol)}`);
  fillTabs(document.getElementById("jump"), names, only || "All", (symbol) => {
    // Filters come along.
    location.href = address(symbol) + location.search;
  }, address);
}

function render(status) {
  if (status.error) {
    notice(status.error);
    return;
  }
  newest = status;
  renderTabs(status.names);
  const { symbols } = status;
  notice(symbols.length ? "" : only ? `Nothing is known of ${only}.` : "No symbol has sent anything yet.");
  setText(document.getElementById("impact-threshold"), String(status.impact_threshold));
  const parent = document.getElementById("symbols");
  const shown = new Set();
  const more = document.getElementById("more");
  more.hidden = status.known <= most;
  setText(more, `Show ${Math.min(SECTIONS, status.known - most)} more of ${status.known} symbols`);
  let place = parent.firstElementChild;
  for (const state of symbols) {
    const entry = sectionOf(state);
    shown.add(entry);
    const isNew = !entry.section.isConnected;
    if (entry.section === place) place = place.nextElementSibling;
    else parent.insertBefore(entry.section, place);
    if (isNew) {
      entry.chart.show({ minutes: current().minutes });
      watcher.observe(entry.element);
    }
    renderSummary(entry.section, state);
    renderOrders(entry, state, status.impact_threshold);
  }
  for (const [key, entry] of sections) {
    if (shown.has(entry)) continue;
    watcher.unobserve(entry.element);
    entry.chart.stop?.();
    entry.section.remove();
    sections.delete(key);
  }
  if (only && symbols.length && !ended) ended = new EndedOrders(symbols[0], openOrder);
  ended?.tick(symbols[0]);
}

// Of hundreds of symbols only those that are shown are sent.
let end = () => {};
function followFirst() {
  end();
  const asked = new URLSearchParams({ limit: most, sort: current().sort, ...(only ? { symbol: only } : {}) });
  end = follow(`large-orders?${asked}`, render);
}

let sorted = current().sort;
onChange(() => {
  if (current().sort !== sorted) {
    sorted = current().sort;
    followFirst();
  } else if (newest) render(newest);
  for (const entry of sections.values()) entry.chart.show({ minutes: current().minutes });
});

document.getElementById("more").addEventListener("click", () => {
  most += SECTIONS;
  followFirst();
});

document.getElementById("content").addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-order-id]");
  if (row) openOrder(row.dataset.orderId);
});
document.getElementById("content").addEventListener("keydown", (event) => {
  const row = event.target.closest?.("tr[data-order-id]");
  if (!row || row !== event.target) return;
  const next = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
  if (event.key === "Enter" || event.key === " ") openOrder(row.dataset.orderId);
  else if (next) next.focus();
  else return;
  event.preventDefault();
});

({ panels: { "large_orders.summary": summaryPanel, "large_orders.table": table, "large_orders.beside": besidePanel } } = await definitions());
followFirst();
openFromAddress();
