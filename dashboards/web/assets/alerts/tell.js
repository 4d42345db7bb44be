// Tells what rules fire, on every open page: a notice of the desktop, a sound, and the count in the title.
// Both are off until a person turns them on, on the page Alerts.

import { get } from "../base/live.js";

const POLL_MS = 3000;
const listeners = new Set();
let lastId = null;
let audio = null;

export const wants = (name) => localStorage.getItem(`tell-${name}`) === "on";

export async function want(name, on) {
  localStorage.setItem(`tell-${name}`, on ? "on" : "off");
  // A browser plays and shows nothing before a person has allowed it.
  if (on && name === "sound") beep();
  if (on && name === "desktop" && "Notification" in window && Notification.permission === "default") await Notification.requestPermission();
  return name !== "desktop" || !on || ("Notification" in window && Notification.permission === "granted");
}

// Calls `hear(firings)` with what fired since the page was opened, the oldest first.
export function onFired(hear) {
  listeners.add(hear);
}

function beep() {
  audio ??= new AudioContext();
  audio.resume();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  tone.frequency.value = 880;
  volume.gain.setValueAtTime(0.15, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
}

function tell(firing) {
  document.body.dataset.told = Number(document.body.dataset.told ?? 0) + 1;
  if (wants("sound") && firing.sound) beep();
  if (wants("desktop") && "Notification" in window && Notification.permission === "granted") {
    const shown = new Notification(`${firing.rule}: ${firing.symbol}`, { body: firing.text, tag: String(firing.id) });
    shown.onclick = () => {
      window.focus();
      location.assign(addressOf(firing));
    };
  }
}

// What several markets say together has a page of its own; its venue is no market's.
const TOGETHER = "all";
export const addressOf = (firing) => (firing.venue === TOGETHER
  ? `/markets?${new URLSearchParams({ coin: firing.symbol })}#finding=${encodeURIComponent(firing.event_id.replace(/#\d+$/, ""))}`
  : firing.order_id
  ? `/large-orders/${encodeURIComponent(firing.symbol)}#order=${encodeURIComponent(firing.order_id)}`
  : `/time?${new URLSearchParams({ symbol: firing.symbol, venue: firing.venue, at: firing.time_ms })}`);

async function look() {
  // A page that nobody sees still tells; one that tells nothing asks nothing.
  if (lastId !== null && listeners.size === 0 && !wants("sound") && !wants("desktop")) return;
  try {
    const { firings } = await get(`/api/v1/alerts/fired?${new URLSearchParams({ after_id: lastId ?? 0, limit: lastId === null ? 1 : 100 })}`);
    const isFirst = lastId === null;
    lastId = Math.max(lastId ?? 0, ...firings.map((firing) => firing.id));
    const fresh = firings.reverse();
    // What fired before the page was opened is listed, not told.
    if (!isFirst) fresh.forEach(tell);
    if (fresh.length) for (const hear of listeners) hear(fresh);
  } catch {
    // The connection is told elsewhere; the next look finds what was missed.
  }
}

look();
setInterval(look, POLL_MS);
