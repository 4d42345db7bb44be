// All markets of a coin: one ladder of their walls, who leads, who agrees, what was seen on several.

import { clock, duration, known, quantity, show, sign, signed, tone, usd, zero } from "../base/format.js";
import { badge, pick, setData, setText } from "../base/dom.js";
import { follow, notice } from "../base/live.js";
import { fillTabs } from "../base/tabs.js";
import { Board } from "../panels/board.js";
import { Events } from "../markets/events.js";
import { Ladder } from "../markets/ladder.js";
import { commonPrice, orderAddress, skewWords } from "../markets/names.js";
import { Venues } from "../markets/venues.js";

// Seconds that are told together come when the last market has told them.
const BEHIND_MS = 5000;
const form = document.getElementById("choice");
const query = new URLSearchParams(location.search);
pick(form.elements.minutes, query.get("minutes"));
const wanted = query.get("coin")?.toUpperCase();
const ladder = new Ladder(document.getElementById("ladder"));
const events = new Events(document.getElementById("events"));
const venues = new Venues(document.getElementById("venues"));
let chosen = null;

const open = (id) => { location.href = orderAddress(id); };
const board = Board.make(document.getElementById("panels"), "wallwatch-markets", {
  // Both are above, with links to every order.
  except: ["markets.walls", "markets.findings"],
  open,
  heard: { "markets.leads": showLeader },
});

function set(name, text, value) {
  const cell = document.querySelector(`#figures [data-field="${name}"] dd`);
  setText(cell, text);
  if (value !== undefined) setData(cell, "sign", sign(value));
}

// Of all pairs the lead that stands out most from its uncertainty.
function showLeader({ columns }) {
  const pairs = columns.leader.map((leader, place) => ({ leader, by: columns.lead_ms[place], half: columns.plus_minus_ms[place], verdict: columns.verdict[place] }));
  const clear = pairs.filter((pair) => pair.verdict === "leads").sort((a, b) => b.by - a.by)[0];
  const cell = document.querySelector("#figures [data-field=leader] dd");
  set("leader", clear ? clear.leader.split(":")[0] : pairs.some((pair) => pair.verdict === "no clear lead") ? "nobody clearly" : "–");
  cell.title = clear ? `by ${zero.format(clear.by)} ± ${zero.format(clear.half)} ms` : "";
}

function render(coin) {
  const main = document.querySelector("main");
  const live = coin.markets.filter((market) => market.state === "live");
  setData(main, "feed", live.length ? "live" : "stale");
  const behind = known(coin.told_ms) ? coin.now_ms - coin.told_ms : 0;
  setText(document.getElementById("coin-words"), [
    coin.words,
    live.length ? "" : `no market of ${coin.coin} is live: figures are those of their newest events`,
    coin.missing.length ? `not waited for: ${coin.missing.join(", ")}` : "",
    behind > BEHIND_MS ? `what is told together is ${duration(behind)} behind the newest market` : "",
  ].filter(Boolean).join(" · "));
  const { action } = coin;
  badge(document.querySelector("#figures .action"), action?.final_action ?? "–", tone);
  set("agree", action ? `${action.agreeing.length} / ${action.against.length}` : "–");
  set("mid", show(coin.mid, (mid) => commonPrice(mid)));
  set("cvd", show(coin.cvd_usd, signed(usd)), coin.cvd_usd ?? 0);
  set("open_interest", show(coin.open_interest, (held) => `${quantity(held)} ${coin.coin}`));
  const skews = coin.markets.filter((market) => known(market.skew_ms));
  const largest = Math.max(...skews.map((market) => Math.abs(market.skew_ms)));
  set("skew", skews.length ? `${skewWords(largest).replace(" ms", "")} of ${skews[0].tolerance_ms} ms` : "–");
  set("last_update", show(coin.told_ms, clock));
  venues.show(coin);
  ladder.show(coin);
  events.show(coin);
}

async function choose(name) {
  chosen = name;
  const { minutes } = Object.fromEntries(new FormData(form));
  history.replaceState(null, "", `?${new URLSearchParams({ coin: name, minutes })}${location.hash}`);
  document.body.dataset.coin = name;
  try {
    (await board).ask({ coin: name, minutes });
  } catch (error) {
    notice(error.message);
  }
}

const orderOf = (event) => event.target.closest("tr[data-order-id]")?.dataset.orderId;
document.getElementById("panels").addEventListener("click", (event) => orderOf(event) && open(orderOf(event)));
document.getElementById("panels").addEventListener("keydown", (event) => event.key === "Enter" && orderOf(event) && open(orderOf(event)));
form.addEventListener("change", () => chosen && choose(chosen));
form.addEventListener("submit", (event) => event.preventDefault());
follow("markets", (frame) => {
  if (frame.error) {
    notice(frame.error);
    return;
  }
  const names = frame.coins.map((coin) => coin.coin);
  // One with several markets says more than one that is alone.
  const first = names.includes(wanted) ? wanted : (frame.coins.find((coin) => coin.markets.length > 1) ?? frame.coins[0])?.coin;
  notice(!names.length ? "No market has sent anything yet." : wanted && !chosen && !names.includes(wanted) ? `Nothing is known of ${wanted}.` : "");
  if (!names.length) return;
  if (!chosen) choose(first);
  const fill = () => fillTabs(document.getElementById("jump"), names, chosen, (name) => {
    choose(name);
    fill();
    render(frame.coins.find((coin) => coin.coin === name));
  }, (name) => `?coin=${encodeURIComponent(name)}`);
  fill();
  const coin = frame.coins.find((one) => one.coin === chosen);
  if (coin) render(coin);
});
