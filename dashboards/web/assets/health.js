// How the pipeline is: lag, latency, gaps, silent streams, memory, alerts.

import { compact, grouped, moment, one, show, zero } from "./format.js";
import { Rows, fill, make, setData, setText } from "./dom.js";
import { follow, get, notice } from "./live.js";
import { colour, draw, legend, themeChanged, timeAxis, valueAxis } from "./charts.js";

const HOUR_MS = 3600000;
const samples = new Map();
let loadedAt = 0;

const rowsOf = (id, update) => {
  const table = document.getElementById(id);
  const headers = [...table.tHead.rows[0].cells];
  return new Rows(table.tBodies[0], () => make("tr"), (row, item) => update(row, item, headers));
};
const streams = rowsOf("streams", (row, item, headers) => {
  setData(row, "state", item.state);
  fill(row, [item.stream, item.state, String(item.gaps), String(item.silences), String(item.downs), moment(item.changed_ms)], headers);
  setData(row.cells[1], "stream", item.state);
  row.title = item.reason;
});
const processes = rowsOf("processes", (row, [name, size], headers) => fill(row, [name, one.format(size)], headers));
const alerts = rowsOf("alerts", (row, item, headers) => {
  fill(row, [moment(item.event_time), item.level, item.rule, item.symbol, item.message], headers);
  setData(row.cells[1], "level", item.level);
  row.cells[4].classList.add("message");
});

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

function render(frame) {
  const set = (name, text, bad) => {
    const cell = document.querySelector(`#figures [data-field="${name}"] dd`);
    setText(cell, text);
    setData(cell, "sign", bad ? "down" : "flat");
  };
  const { pipeline } = frame;
  const counters = pipeline.counters ?? {};
  const latency = pipeline.latency_ms ?? {};
  const troubled = frame.streams.filter((stream) => stream.state !== "up");
  const feedGaps = frame.streams.reduce((sum, stream) => sum + stream.gaps, 0);
  const ms = (value) => show(value, (known) => (known < 10 ? one : zero).format(known));
  set("lag", show(pipeline.lag, grouped.format));
  set("latency", `${ms(latency.p50)} / ${ms(latency.p99)} ms`);
  set("rate", show([...samples.values()].at(-1)?.records_per_s, (value) => `${zero.format(value)}/s`));
  set("gaps", `${show(counters.gaps, grouped.format)} · feed ${feedGaps}`, counters.lost_records > 0);
  set("dead", show(counters.dead_letters, grouped.format), counters.dead_letters > 0);
  set("silent", `${troubled.length} of ${frame.streams.length}`, troubled.length > 0);
  set("weight", `${compact.format(frame.weight_limit)}/min`);
  set("rss", show(pipeline.rss_mb?.total, (value) => `${zero.format(value)} MB`));
  streams.set(frame.streams, (stream) => `${stream.symbol}:${stream.stream}`);
  processes.set(Object.entries(pipeline.rss_mb?.processes ?? {}).sort(([, a], [, b]) => b - a), ([name]) => name);
  alerts.set(frame.alerts, (alert) => alert.event_id);
  const section = document.getElementById("alerts").closest("section");
  section.querySelector(".scroll").hidden = frame.alerts.length === 0;
  section.querySelector(".none").hidden = frame.alerts.length > 0;
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
