// Search and jump: `/` opens it on every page. Pages, symbols, an order by its id, a moment of the market.

import { make } from "./dom.js";
import { get } from "./live.js";

const MOST = 12;
const OF_SYMBOL = [["Large orders", "/large-orders/{}"], ["Flow", "/flow?symbol={}"], ["Time machine", "/time?symbol={}"]];
const dialog = make("dialog");
dialog.id = "jumper";
dialog.setAttribute("aria-label", "Search and jump");
const input = make("input");
input.type = "search";
input.id = "jump-words";
input.autocomplete = "off";
input.placeholder = "BTCUSDT, an order's id, 2026-11-25 20:18, alerts";
for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "true", "aria-controls": "jump-found", "aria-autocomplete": "list" })) {
  input.setAttribute(name, value);
}
const label = make("label", "Go to ");
label.append(input);
const found = make("ul");
found.id = "jump-found";
found.setAttribute("role", "listbox");
found.setAttribute("aria-label", "Found");
const hint = make("p", "Enter opens the marked one, ↑ and ↓ move, Esc closes.", "soft");
dialog.append(label, found, hint);
document.body.append(dialog);

let symbols = [];
let shown = [];
let marked = 0;

const pages = () => [...document.querySelectorAll("#menu a")].map((link) => ({ words: link.textContent, href: link.getAttribute("href") }));
const symbolHere = () => document.body.dataset.symbol ?? decodeURIComponent(location.pathname.split("/")[2] ?? "").toUpperCase();

// A moment in UTC as people write it: a day and a time, or a time of the market's day.
export function momentOf(words, now) {
  const match = words.match(/^(?:(\d{4}-\d{2}-\d{2})[ T]+)?(\d{1,2}):(\d{2})(?::(\d{2}))?Z?$/);
  if (!match) return null;
  const [, day = new Date(now).toISOString().slice(0, 10), hour, minute, second = "00"] = match;
  const at = Date.parse(`${day}T${hour.padStart(2, "0")}:${minute}:${second}Z`);
  return Number.isNaN(at) ? null : at;
}

function matches(words) {
  const text = words.trim();
  const upper = text.toUpperCase();
  const items = [];
  const now = Math.max(0, ...symbols.map((state) => state.now_ms));
  const at = momentOf(text, now || Date.now());
  if (at !== null) {
    const symbol = symbolHere() || symbols[0]?.symbol || "";
    items.push({ words: `${symbol} at ${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`, href: `/time?${new URLSearchParams({ symbol, at })}` });
  }
  if (/^[\w.-]+:[\w.-]+:.+/.test(text)) items.push({ words: `Order ${text}`, href: `/large-orders#order=${encodeURIComponent(text)}` });
  const names = [...new Set(symbols.map((state) => state.symbol))].filter((name) => name.includes(upper));
  // A name that begins so comes before one that holds it.
  names.sort((a, b) => Number(b.startsWith(upper)) - Number(a.startsWith(upper)) || a.localeCompare(b));
  for (const page of pages()) if (page.words.toUpperCase().includes(upper)) items.push(page);
  for (const name of names) {
    for (const [page, address] of upper ? OF_SYMBOL : OF_SYMBOL.slice(0, 1)) {
      items.push({ words: `${name} · ${page}`, href: address.replace("{}", encodeURIComponent(name)) });
    }
  }
  const isName = upper && names.some((name) => name.startsWith(upper));
  return (isName ? [...items.filter((item) => item.words.startsWith(upper)), ...items.filter((item) => !item.words.startsWith(upper))] : items).slice(0, MOST);
}

function render() {
  shown = matches(input.value);
  marked = 0;
  found.replaceChildren(...shown.map((item, index) => {
    const option = make("li", item.words);
    option.id = `jump-${index}`;
    option.setAttribute("role", "option");
    option.addEventListener("click", () => go(item));
    return option;
  }));
  if (!shown.length) found.append(make("li", "Nothing of this name."));
  mark();
}

function mark() {
  [...found.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === marked && shown.length > 0)));
  input.setAttribute("aria-activedescendant", shown.length ? `jump-${marked}` : "");
  found.children[marked]?.scrollIntoView({ block: "nearest" });
}

function go(item) {
  const [path, hash] = item.href.split("#");
  dialog.close();
  location.assign(item.href);
  // The same page with another order is no new page.
  if (hash && path === location.pathname) location.reload();
}

async function open() {
  if (dialog.open) return;
  input.value = "";
  dialog.showModal();
  render();
  try {
    symbols = (await get("/api/v1/symbols")).symbols;
    render();
  } catch {
    // Pages, orders and moments are found without the symbols.
  }
}

input.addEventListener("input", render);
input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && shown[marked]) go(shown[marked]);
  // A field of this kind would take the first one to empty itself.
  else if (event.key === "Escape") dialog.close();
  else if (event.key === "ArrowDown" && shown.length) marked = (marked + 1) % shown.length;
  else if (event.key === "ArrowUp" && shown.length) marked = (marked + shown.length - 1) % shown.length;
  else return;
  event.preventDefault();
  mark();
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
document.getElementById("search").addEventListener("click", open);
// On a phone the menu is wider than the screen: the page that is open is seen in it.
document.querySelector("#menu [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
document.addEventListener("keydown", (event) => {
  const writes = event.target.closest?.("input, select, textarea, [contenteditable]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writes) return;
  event.preventDefault();
  open();
});
