// One order in depth: in words, and by the panels of its board.

import { digits, two } from "../base/format.js";
import { make } from "../base/dom.js";
import { get, notice } from "../base/live.js";
import { Board } from "../panels/board.js";

const dialog = document.getElementById("order");
const REFRESH_MS = 1000;
let shown = null;
let timer = 0;
let board = null;
let asked = "";

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
    if (asked !== `${id}:${document.order.state}`) {
      asked = `${id}:${document.order.state}`;
      await showPanels(document);
    }
    if (document.order.state !== "closed") timer = setTimeout(refresh, REFRESH_MS);
  } catch (error) {
    if (!dialog.open) {
      notice(error.message);
      shown = null;
    } else timer = setTimeout(refresh, REFRESH_MS);
  }
}

function render({ order, words, evidence_parts: parts }) {
  dialog.dataset.orderId = order.order_id;
  dialog.dataset.classification = order.classification;
  dialog.querySelector("#order-title").textContent = `${order.symbol} ${order.side} at ${digits(order.price)} · ${order.classification}`;
  const at = new URLSearchParams({ symbol: order.symbol, venue: order.venue, at: order.closed_at ?? order.last_seen });
  dialog.querySelector(".moment").href = `/time?${at}`;
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
}

// Its panels are asked by the stream as all others; an open order's range grows with it.
async function showPanels({ order, from_ms, to_ms }) {
  board ??= await Board.make(dialog.querySelector("#order-panels"), "wallwatch-order", { heading: "h3" });
  if (order.order_id !== shown) return;
  const range = order.state === "closed" ? { from_ms, to_ms } : { from_ms };
  board.ask({ symbol: order.symbol, venue: order.venue, order_id: order.order_id, ...range });
}

dialog.querySelector("#order-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
dialog.addEventListener("close", () => {
  shown = null;
  asked = "";
  clearTimeout(timer);
  history.replaceState(null, "", location.pathname + location.search);
  board?.remove();
  board = null;
});
