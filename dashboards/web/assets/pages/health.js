// How the pipeline is: its own figures of the last hour, and the panels of its board.

import { compact, grouped, one, show, zero } from "../base/format.js";
import { Rows, fill, make, setData, setText } from "../base/dom.js";
import { follow, get, notice } from "../base/live.js";
import { colour, draw, legend, themeChanged, timeAxis, valueAxis } from "../panels/charts.js";
import { Board } from "../panels/board.js";

const HOUR_MS = 3600000;
const HOUR_MINUTES = 60;
const samples = new Map();
let loadedAt = 0;
let before = null;

const rowsOf = (id, update) => {
  const table = document.getElementById(id);
  const headers = [...table.tHead.rows[0].cells];
  return new Rows(table.tBodies[0], () => make("tr"), (row, item) => update(row, item, headers));
};
const processes = rowsOf("processes", (row, [name, size], headers) => fill(row, [name, one.format(size)], headers));

function take(columns) {
  columns.time_ms.forEach((time, index) => {
    samples.set(time, Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[index]])));
  });
  const newest = Math.max(...samples.keys());
  for (const time of samples.keys()) if (time < newest - HOUR_MS) samples.delete(time);
}

function drawAll() {
  const times = [...samples.keys()].sort((a, b) => a - b);
  if (!times.length) return;
  const column = (name) => times.map((time) => samples.get(time)[name]);
  const line = (name, label, tint) => ({ type: "scatter", mode: times.length < 3 ? "markers" : "lines", name: label, x: times, y: column(name), line: { color: colour(tint), width: 2 }, marker: { color: colour(tint) }, hovertemplate: `${label} %{y:,.1f}<br>%{x|%H:%M:%S}<extra></extra>` });
  const put = (name, traces, layout = {}) => draw(document.querySelector(`.chart.${name}`), traces, {
    xaxis: timeAxis(times[0], Math.max(times.at(-1), times[0] + 60000)), yaxis: valueAxis({ rangemode: "tozero", tickformat: "~s" }), ...layout,
  }, "health").catch((error) => notice(error.message));
  put("latency", [line("p99_ms", "p99", "lure"), line("p50_ms", "p50", "focus")], legend());
  put("lag", [line("lag", "lag", "focus")]);
  put("rate", [line("records_per_s", "records/s", "focus")]);
  put("rss", [line("rss_mb", "MB", "focus")]);
}

function set(name, text, bad) {
  const cell = document.querySelector(`#figures [data-field="${name}"] dd`);
  setText(cell, text);
  setData(cell, "sign", bad ? "down" : "flat");
}

// Rates over the time since the frame before.
function pageReads({ queries, busy_ms: busy }) {
  const at = performance.now();
  const text = before
    ? `${one.format(Math.max(0, queries - before.queries) / (at - before.at) * 1000)}/s, ${zero.format(Math.max(0, busy - before.busy) / Math.max(1, queries - before.queries))} ms`
    : "–";
  before = { queries, busy, at };
  return text;
}

function renderStreams({ columns }) {
  const troubled = columns.state.filter((state) => state !== "up").length;
  set("silent", `${troubled} of ${columns.state.length}`, troubled > 0);
}

function renderDrift({ columns }) {
  const known = columns.state;
  const drifting = known.filter((state) => state === "drifts").length;
  const compared = known.some((state) => state !== "not compared yet");
  set("drift", !known.length ? "no model is on" : drifting ? `${drifting} of ${known.length}` : compared ? "none" : "not compared yet", drifting > 0);
}

function render(frame) {
  const { pipeline } = frame;
  const counters = pipeline.counters ?? {};
  const latency = pipeline.latency_ms ?? {};
  const ms = (value) => show(value, (known) => (known < 10 ? one : zero).format(known));
  set("lag", show(pipeline.lag, grouped.format));
  set("latency", `${ms(latency.p50)} / ${ms(latency.p99)} ms`);
  set("gaps", show(counters.gaps, grouped.format), counters.lost_records > 0);
  set("dead", show(counters.dead_letters, grouped.format), counters.dead_letters > 0);
  set("page", pageReads(frame.reader));
  set("weight", `${compact.format(frame.weight_limit)}/min`);
  set("rss", show(pipeline.rss_mb?.total, (value) => `${zero.format(value)} MB`));
  processes.set(Object.entries(pipeline.rss_mb?.processes ?? {}).sort(([, a], [, b]) => b - a), ([name]) => name);
  const told = frame.notifications;
  setText(document.getElementById("notifications"), told.on
    ? `Notifications to ${told.to}: ${told.sent} sent, ${told.waiting} wait, ${told.held_back} held back, ${told.failed + told.dropped} lost.${told.last_error ? ` Last trouble: ${told.last_error}.` : ""}`
    : "Notifications are off: notify.url is not set.");
}

async function load() {
  loadedAt = Date.now();
  try {
    take((await get("/api/v1/health")).history);
    drawAll();
  } catch (error) {
    notice(error.message);
  }
}

follow("health", (frame) => {
  if (frame.error) {
    notice(frame.error);
    return;
  }
  notice(frame.pipeline.error ?? "");
  take(frame.history);
  render(frame);
  if (!loadedAt) load();
  else drawAll();
});
themeChanged.addEventListener("change", drawAll);
Board.make(document.getElementById("panels"), "wallwatch-health", { heard: { "health.streams": renderStreams, "health.drift": renderDrift } })
  .then((board) => board.ask({ minutes: HOUR_MINUTES }), (error) => notice(error.message));
