// Flow of one symbol: price, CVD by trade size, delta, open interest, funding.

import { clock, grouped, known, percent, quantity, show, sign, signed, usd, zero } from "./format.js";
import { make, setData, setText } from "./dom.js";
import { follow, get, notice } from "./live.js";
import { colour, draw, legend, themeChanged, timeAxis, valueAxis } from "./charts.js";

const SIZES = [
  ["delta_usd_lt_10k", "< $10k", "size-1"], ["delta_usd_10k_100k", "$10k–100k", "size-2"],
  ["delta_usd_100k_1m", "$100k–1M", "size-3"], ["delta_usd_ge_1m", "≥ $1M", "size-4"],
];
const form = document.getElementById("choice");
const bars = new Map();
let chosen = null;
let stopFollowing = null;
let now = 0;
let step = 1000;
let loading = false;

const query = new URLSearchParams(location.search);
if (query.has("minutes")) form.elements.minutes.value = query.get("minutes");
const minutes = () => Number(form.elements.minutes.value);

function choose(state) {
  chosen = state;
  const address = new URLSearchParams({ symbol: state.symbol, minutes: minutes() });
  history.replaceState(null, "", `?${address}`);
  document.body.dataset.symbol = state.symbol;
  for (const tab of document.querySelectorAll("#jump a")) {
    tab.toggleAttribute("aria-current", tab.dataset.symbol === state.symbol);
  }
  stopFollowing?.();
  now = 0;
  bars.clear();
  stopFollowing = follow(`flow:${state.venue}:${state.symbol}`, hear);
  load();
}

async function load() {
  if (loading || !chosen) return;
  loading = true;
  const asked = `${chosen.symbol}:${minutes()}`;
  try {
    const address = new URLSearchParams({ symbol: chosen.symbol, venue: chosen.venue, minutes: minutes() });
    const window = await get(`/api/v1/flow?${address}`);
    if (asked === `${chosen.symbol}:${minutes()}`) {
      bars.clear();
      step = window.step_ms;
      take(window.bars);
      now = window.now_ms;
      notice("");
      render();
    }
  } catch (error) {
    notice(error.message);
  } finally {
    loading = false;
    if (asked !== `${chosen.symbol}:${minutes()}`) load();
  }
}

function hear(frame) {
  if (frame.error) {
    notice(frame.error);
    return;
  }
  if (!now || frame.now_ms - now > 9000 || frame.now_ms < now - 1000) {
    load();
    return;
  }
  if (step === 1000) {
    take(frame.bars);
    now = frame.now_ms;
    render();
  } else if (frame.now_ms - now >= step) load();
}

function take(columns) {
  const fields = Object.keys(columns).filter((name) => name !== "time_ms");
  columns.time_ms.forEach((time, index) => {
    bars.set(time, Object.fromEntries(fields.map((name) => [name, columns[name][index]])));
  });
  const newest = columns.time_ms.at(-1) ?? 0;
  for (const time of bars.keys()) if (time <= newest - minutes() * 60000) bars.delete(time);
}

function render() {
  const times = [...bars.keys()].sort((a, b) => a - b);
  if (!times.length) return;
  const rows = times.map((time) => bars.get(time));
  const column = (name) => rows.map((row) => row[name]);
  const xaxis = () => timeAxis(times[0], times.at(-1) + step);
  const key = `${chosen.symbol}:${minutes()}`;
  const put = (name, traces, layout) => draw(document.querySelector(`.chart.${name}`), traces, { xaxis: xaxis(), ...layout }, key)
    .catch((error) => notice(error.message));
  const money = { tickformat: "$~s" };
  const close = column("close");
  put("price", [
    { type: "scatter", mode: "lines", x: times, y: column("high"), line: { width: 0 }, hoverinfo: "skip", connectgaps: true },
    { type: "scatter", mode: "lines", x: times, y: column("low"), line: { width: 0 }, fill: "tonexty", fillcolor: colour("band"), hoverinfo: "skip", connectgaps: true },
    { type: "scatter", mode: "lines", x: times, y: close, connectgaps: true, line: { color: colour("ink"), width: 1.6 }, hovertemplate: "%{y:,.8~f}<br>%{x|%H:%M:%S}<extra></extra>" },
  ], { yaxis: valueAxis({ tickformat: ",~f" }) });
  const sums = SIZES.map(([field, name, tint]) => {
    let sum = 0;
    return { type: "scatter", mode: "lines", name, x: times, y: rows.map((row) => (sum += row[field])), line: { color: colour(tint), width: 2 }, hovertemplate: `${name}: $%{y:,.3~s}<extra></extra>` };
  });
  put("cvd", sums, { yaxis: valueAxis(money), ...legend(), hovermode: "x" });
  const delta = column("delta_usd");
  put("delta", [{ type: "bar", x: times, y: delta, marker: { color: delta.map((value) => colour(value >= 0 ? "buy" : "sell")), line: { width: 0 } }, hovertemplate: "$%{y:,.3~s}<br>%{x|%H:%M:%S}<extra></extra>" }], { yaxis: valueAxis(money), bargap: 0.05 });
  // The change is said in every bar after a poll: it belongs to the bar where the figure changed.
  const interest = column("open_interest");
  const changes = rows.map((row, index) => (index && interest[index] !== interest[index - 1] && known(row.oi_change) ? row.oi_change : null));
  put("oi", [
    { type: "bar", yaxis: "y2", x: times, y: changes, width: Math.max(step, minutes() * 60000 / 120), marker: { color: changes.map((value) => colour(value >= 0 ? "buy" : "sell")), opacity: 0.55, line: { width: 0 } }, hovertemplate: "change %{y:,.3~f}<br>%{x|%H:%M:%S}<extra></extra>" },
    { type: "scatter", mode: "lines", x: times, y: interest, line: { shape: "hv", color: colour("focus"), width: 2 }, hovertemplate: "%{y:,.1f}<br>%{x|%H:%M:%S}<extra></extra>" },
  ], { yaxis: valueAxis({ tickformat: ",~r" }), yaxis2: valueAxis({ overlaying: "y", side: "left", showgrid: false, tickformat: "~s" }) });
  put("funding", [{ type: "scatter", mode: "lines", x: times, y: rows.map((row) => (known(row.funding_rate) ? row.funding_rate * 100 : null)), line: { shape: "hv", color: colour("lure"), width: 2 }, fill: "tozeroy", fillcolor: colour("band"), hovertemplate: "%{y:.4f} %<br>%{x|%H:%M:%S}<extra></extra>" }], { yaxis: valueAxis({ ticksuffix: " %", rangemode: "tozero" }) });
  renderFigures(times, rows, close);
}

function renderFigures(times, rows, close) {
  const set = (name, text, value) => {
    const cell = document.querySelector(`#figures [data-field="${name}"] dd`);
    setText(cell, text);
    if (value !== undefined) setData(cell, "sign", sign(value));
  };
  const last = rows.at(-1);
  const recent = rows.filter((_, index) => times[index] > times.at(-1) - 60000);
  const sum = (field) => recent.reduce((total, row) => total + row[field], 0);
  const [bought, sold] = [sum("buy_usd"), sum("sell_usd")];
  set("price", show(close.findLast(known), grouped.format));
  set("cvd", show(last.cvd_usd, signed(usd)), last.cvd_usd);
  set("delta", signed(usd)(bought - sold), bought - sold);
  set("buyers", bought + sold ? `${zero.format((bought / (bought + sold)) * 100)} %` : "–");
  set("open_interest", show(last.open_interest, quantity));
  set("oi_change", show(last.oi_change_pct, percent(3)), last.oi_change_pct ?? 0);
  set("funding", show(last.funding_rate, (rate) => percent(4)(rate * 100)));
  set("last_update", clock(now));
}

form.addEventListener("change", () => chosen && choose(chosen));
form.addEventListener("submit", (event) => event.preventDefault());
themeChanged.addEventListener("change", render);

follow("large-orders", (status) => {
  if (status.error) {
    if (!chosen) notice(status.error);
    return;
  }
  const jump = document.getElementById("jump");
  const names = status.symbols.map((state) => `${state.venue}:${state.symbol}`).join();
  if (jump.dataset.symbols === names) return;
  jump.dataset.symbols = names;
  jump.replaceChildren(...status.symbols.map((state) => {
    const tab = make("a", state.symbol);
    tab.href = `?symbol=${encodeURIComponent(state.symbol)}`;
    tab.dataset.symbol = state.symbol;
    tab.toggleAttribute("aria-current", chosen?.symbol === state.symbol);
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      choose(state);
    });
    return tab;
  }));
  const wanted = status.symbols.find((state) => state.symbol === query.get("symbol")) ?? status.symbols[0];
  if (wanted && !chosen) choose(wanted);
  if (!wanted) notice("No symbol has sent anything yet.");
});
