// One stream a page: frames of the views that the page follows, once a second. Where the stream does
// not come, the same frames are polled.

import { grouped, one, show, zero } from "./format.js";
import { setData, setText } from "./dom.js";

const POLL_MS = 1000;
const SILENCE_MS = 4000;
const followers = new Map([["pipeline", new Set([renderPipeline])]]);

let source = null;
let heardAt = 0;
let polling = false;
let reopen = 0;

// Calls `hear(frame)` for every frame of a view; returns what ends it.
export function follow(view, hear) {
  if (!followers.has(view)) followers.set(view, new Set());
  followers.get(view).add(hear);
  listenSoon();
  return () => {
    followers.get(view)?.delete(hear);
    if (followers.get(view)?.size === 0) followers.delete(view);
    listenSoon();
  };
}

export async function get(path, timeoutMs = 15000) {
  const signal = AbortSignal.timeout(timeoutMs);
  const [answer, document] = await fetch(path, { cache: "no-store", signal }).then(async (found) => [found, await found.json()]).catch((error) => {
    throw error.name === "TimeoutError" ? new Error(`no answer within ${timeoutMs / 1000} s`) : error;
  });
  if (!answer.ok) throw new Error(document.error ?? answer.statusText);
  return document;
}

const views = () => [...followers.keys()].join(",");

function listenSoon() {
  clearTimeout(reopen);
  reopen = setTimeout(listen, 30);
}

function listen() {
  source?.close();
  // Nobody looks: nothing is asked.
  if (document.hidden) return;
  const opened = new EventSource(`/api/v1/stream?views=${encodeURIComponent(views())}`);
  source = opened;
  opened.onmessage = (message) => {
    heardAt = Date.now();
    connection("live");
    hand(JSON.parse(message.data));
  };
  opened.onerror = () => {
    // The browser retries by itself unless the answer was no stream at all.
    if (opened.readyState === EventSource.CLOSED && opened === source) setTimeout(listen, POLL_MS);
  };
}

function hand(frame) {
  for (const hear of followers.get(frame.view) ?? []) hear(frame);
  document.body.dataset.updates = Number(document.body.dataset.updates ?? 0) + 1;
}

async function poll() {
  if (document.hidden || polling || Date.now() - heardAt < SILENCE_MS) return;
  polling = true;
  try {
    const answer = await get(`/api/v1/live?views=${encodeURIComponent(views())}`);
    // Not a sign of life of the stream: keep polling until that one speaks.
    connection("polling");
    answer.frames.forEach(hand);
  } catch {
    connection("lost");
  } finally {
    polling = false;
  }
}

function connection(state) {
  const element = document.getElementById("connection");
  setData(element, "state", state);
  setText(element, { live: "live", polling: "polling", lost: "no connection" }[state]);
}

function renderPipeline(figures) {
  const set = (name, text) => setText(document.querySelector(`[data-figure="${name}"]`), text);
  const ms = (value) => show(value, (known) => (known < 10 ? one : zero).format(known));
  set("records_per_s", show(figures.records_per_s, (value) => `${zero.format(value)}/s`));
  set("lag", show(figures.lag, grouped.format));
  set("latency", `${ms(figures.latency_ms?.p50)} / ${ms(figures.latency_ms?.p99)} ms`);
  set("rss_mb", show(figures.rss_mb, (value) => `${zero.format(value)} MB`));
}

export function notice(text) {
  setText(document.getElementById("notice"), text);
}

document.addEventListener("visibilitychange", () => {
  heardAt = Date.now();
  listen();
});
listenSoon();
setInterval(poll, POLL_MS);
