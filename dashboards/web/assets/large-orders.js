// The live page: one state a second by server-sent events, by polling where those do not come.

const STREAM = "/api/v1/large-orders/stream";
const STATUS = "/api/v1/large-orders/status";
const POLL_MS = 1000;
const SILENCE_MS = 4000;

const TONES = {
  ACCUMULATE: "buy", MARKUP: "buy", DEFENSIVE_BUY: "buy", SWEEP_BUY: "buy",
  DISTRIBUTION: "sell", MARKDOWN: "sell", DEFENSIVE_SELL: "sell", SWEEP_SELL: "sell",
  MANIPULATION: "lure", SPOOF: "lure",
};

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 8 });
const plain = (digits) => new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const one = plain(1);
const two = plain(2);
const three = plain(3);
const compact = new Intl.NumberFormat("en", { notation: "compact", minimumFractionDigits: 1, maximumFractionDigits: 2 });

const known = (value) => value !== null && value !== undefined;
const show = (value, format) => (known(value) ? format(value) : "–");
const usd = (value) => (value < 0 ? "−$" : "$") + compact.format(Math.abs(value));
const signed = (format) => (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + format(Math.abs(value));
const quantity = (value) => (Math.abs(value) >= 100000 ? compact : value >= 100 ? one : three).format(value);

// One number of decimals for all prices of a symbol, so that they can be compared at a glance.
function priceFormat(prices) {
  const decimals = prices.map((price) => (String(price).split(".")[1] ?? "").length);
  return plain(Math.min(8, Math.max(0, ...decimals)));
}

function duration(ms) {
  if (ms < 10000) return `${one.format(ms / 1000)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setData(element, name, value) {
  if (element.dataset[name] !== String(value)) element.dataset[name] = value;
}

const sections = new Map();

function sectionOf(state) {
  const key = `${state.venue}:${state.symbol}`;
  const found = sections.get(key);
  if (found) return found;
  const section = document.getElementById("symbol-template").content.firstElementChild.cloneNode(true);
  const id = `symbol-${state.venue}-${state.symbol}`;
  section.id = id;
  section.dataset.symbol = state.symbol;
  section.dataset.venue = state.venue;
  section.setAttribute("aria-labelledby", `${id}-name`);
  const heading = section.querySelector("h2");
  heading.id = `${id}-name`;
  heading.textContent = state.symbol;
  section.querySelector("caption").textContent =
    "Tracked orders: open ones by value, then those closed in the last two minutes";
  section.querySelector(".scroll").setAttribute("aria-label", `Tracked orders of ${state.symbol}`);
  const link = section.querySelector(".json");
  link.href = `/api/v1/large-orders/detect?symbol=${encodeURIComponent(state.symbol)}&venue=${encodeURIComponent(state.venue)}`;
  link.setAttribute("aria-label", `${state.symbol} as JSON`);
  const jump = document.createElement("a");
  jump.href = `#${id}`;
  jump.textContent = state.symbol;
  const entry = { section, jump, rows: new Map(), seen: false };
  sections.set(key, entry);
  return entry;
}

function renderSummary(section, state) {
  const { summary, context } = state;
  const field = (name) => section.querySelector(`[data-field="${name}"] dd`);
  const action = section.querySelector(".action");
  setText(action, summary.final_action);
  setData(action, "tone", TONES[summary.final_action] ?? "unknown");
  setData(section, "action", summary.final_action);
  setText(field("buy_score"), show(summary.buy_score, one.format));
  setText(field("sell_score"), show(summary.sell_score, one.format));
  setText(field("cvd_usd"), show(summary.cvd_usd, signed(usd)));
  setText(field("open_interest"), show(summary.open_interest, quantity));
  setText(field("oi_change_pct"), show(summary.oi_change_pct, (value) => `${signed(three.format)(value)} %`));
  setText(field("spoof_count"), String(summary.spoof_count));
  for (const name of ["cvd_usd", "oi_change_pct"]) {
    const value = summary[name];
    setData(field(name), "sign", value > 0 ? "up" : value < 0 ? "down" : "flat");
  }
  const time = section.querySelector("time");
  const iso = new Date(summary.last_update).toISOString();
  setText(time, iso.slice(11, 19));
  if (time.dateTime !== iso) {
    time.dateTime = iso;
    time.title = `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC, market time`;
  }
  const market = context.book_is_valid === false
    ? "the book waits for a snapshot"
    : [
        known(context.mid) ? `mid ${grouped.format(context.mid)}` : "",
        known(context.threshold_usd) ? `large from ${usd(context.threshold_usd)}` : "",
      ].filter(Boolean).join(" · ");
  setText(section.querySelector(".market"), market);
}

const CELLS = [
  ["side", "Side", ""],
  ["price", "Price", "number"],
  ["qty", "Qty", "number"],
  ["value", "Value", "number"],
  ["impact", "Impact ratio", "number"],
  ["class", "Classification", ""],
  ["persistent", "Persistent", ""],
  ["consumed", "Consumed", ""],
  ["age", "Age", "number"],
];

function newRow(order) {
  const row = document.createElement("tr");
  row.setAttribute("role", "row");
  row.dataset.orderId = order.order_id;
  const cells = {};
  for (const [name, label, kind] of CELLS) {
    const cell = document.createElement("td");
    cell.setAttribute("role", "cell");
    cell.className = `${name} ${kind}`.trim();
    cell.dataset.label = label;
    row.append(cell);
    cells[name] = cell;
  }
  const add = (cell, tag) => cell.appendChild(document.createElement(tag));
  cells.className = add(cells.class, "span");
  cells.mark = add(cells.impact, "span");
  cells.mark.className = "mark";
  cells.ratio = add(cells.impact, "b");
  cells.life = add(cells.age, "span");
  cells.closed = add(cells.age, "small");
  return { row, cells };
}

function yesNo(cell, yes, text) {
  setText(cell, yes ? text : "no");
  cell.classList.toggle("no", !yes);
}

function renderOrder(entry, order, threshold, price) {
  const { row, cells } = entry;
  const isClosed = order.state === "closed";
  // A closed order has next to nothing left: what it was at its largest says more.
  const impact = isClosed ? order.max_impact_ratio : order.impact_ratio;
  const isHigh = impact >= threshold;
  setData(row, "symbol", order.symbol);
  setData(row, "side", order.side);
  setData(row, "state", order.state);
  setData(row, "classification", order.classification);
  setData(row, "impact", isHigh ? "high" : "low");
  setText(cells.side, order.side);
  setText(cells.price, price.format(order.price));
  setText(cells.qty, quantity(isClosed ? order.max_qty : order.current_qty));
  setText(cells.value, usd(isClosed ? order.max_value_usd : order.value_usd));
  setText(cells.mark, isHigh ? "◆ " : "");
  setText(cells.ratio, two.format(impact));
  setText(cells.className, order.classification);
  setData(cells.className, "tone", TONES[order.classification] ?? "unknown");
  yesNo(cells.persistent, order.is_persistent, "yes");
  const filled = `${Math.round(order.fill_ratio * 100)} %`;
  yesNo(cells.consumed, order.was_consumed, `yes, ${filled}`);
  if (!order.was_consumed && order.fill_ratio >= 0.005) setText(cells.consumed, filled);
  setText(cells.life, duration(order.age_ms));
  setText(cells.closed, isClosed ? `${order.close_reason} ${duration(order.closed_ago_ms)} ago` : "");
}

function renderOrders(entry, state, threshold) {
  const body = entry.section.querySelector("tbody");
  const price = priceFormat(state.orders.map((order) => order.price));
  const seen = new Set();
  let next = body.firstElementChild;
  for (const order of state.orders) {
    seen.add(order.order_id);
    let known = entry.rows.get(order.order_id);
    if (!known) {
      known = newRow(order);
      // Whatever stands at the first sight of a symbol is not news.
      known.row.classList.toggle("fresh", entry.seen);
      entry.rows.set(order.order_id, known);
    }
    renderOrder(known, order, threshold, price);
    if (known.row === next) next = next.nextElementSibling;
    else body.insertBefore(known.row, next);
  }
  for (const [id, known] of entry.rows) {
    if (seen.has(id)) continue;
    known.row.remove();
    entry.rows.delete(id);
  }
  entry.seen = true;
  entry.section.querySelector(".scroll").hidden = state.orders.length === 0;
  entry.section.querySelector(".none").hidden = state.orders.length > 0;
}

function render(status) {
  const notice = document.getElementById("notice");
  if (status.pipeline) renderPipeline(status.pipeline);
  if (status.error) {
    setText(notice, status.error);
    return;
  }
  setText(notice, status.symbols.length ? "" : "No symbol has sent anything yet.");
  setText(document.getElementById("impact-threshold"), String(status.impact_threshold));
  const main = document.getElementById("symbols");
  const jump = document.getElementById("jump");
  const shown = new Set();
  for (const state of status.symbols) {
    const entry = sectionOf(state);
    shown.add(entry);
    if (!entry.section.isConnected) {
      main.append(entry.section);
      jump.append(entry.jump);
    }
    renderSummary(entry.section, state);
    renderOrders(entry, state, status.impact_threshold);
  }
  for (const [key, entry] of sections) {
    if (shown.has(entry)) continue;
    entry.section.remove();
    entry.jump.remove();
    sections.delete(key);
  }
  document.body.dataset.updates = Number(document.body.dataset.updates ?? 0) + 1;
}

function renderPipeline(figures) {
  const set = (name, text) => setText(document.querySelector(`[data-figure="${name}"]`), text);
  const ms = (value) => show(value, (known) => (known < 10 ? one : plain(0)).format(known));
  set("records_per_s", show(figures.records_per_s, (value) => `${plain(0).format(value)}/s`));
  set("lag", show(figures.lag, (value) => grouped.format(value)));
  set("latency", `${ms(figures.latency_ms?.p50)} / ${ms(figures.latency_ms?.p99)} ms`);
  set("rss_mb", show(figures.rss_mb, (value) => `${plain(0).format(value)} MB`));
}

function connection(state) {
  const element = document.getElementById("connection");
  setData(element, "state", state);
  setText(element, { live: "live", polling: "polling", lost: "no connection" }[state]);
}

let heardAt = 0;
let polling = false;

function heard(status, how) {
  heardAt = Date.now();
  connection(how);
  render(status);
}

function listen() {
  const source = new EventSource(STREAM);
  source.onmessage = (message) => heard(JSON.parse(message.data), "live");
  source.onerror = () => {
    // The browser retries by itself unless the answer was no stream at all.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, POLL_MS);
  };
}

async function poll() {
  if (polling || Date.now() - heardAt < SILENCE_MS) return;
  polling = true;
  try {
    const answer = await fetch(STATUS, { cache: "no-store", signal: AbortSignal.timeout(SILENCE_MS) });
    const status = await answer.json();
    // Not a sign of life of the stream: keep polling until that one speaks.
    connection("polling");
    render(status);
  } catch {
    connection("lost");
  } finally {
    polling = false;
  }
}

listen();
setInterval(poll, POLL_MS);
