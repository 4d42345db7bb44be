// What was seen on several markets, in words that lead to the orders.

import { Rows, fill, make, setData, setText } from "../base/dom.js";
import { duration, moment, one, percent, plain, quantity, usd } from "../base/format.js";
import { commonPrice, orderAddress, tintOf } from "./names.js";

const KINDS = { wall: "wall", copied: "copied", moved: "moved", lure_taking: "lure here, taking there" };

export class Events {
  constructor(section) {
    this.scroll = section.querySelector(".scroll");
    this.none = section.querySelector(".none");
    this.headers = [...section.querySelectorAll("th")];
    this.section = section;
    this.rows = new Rows(section.querySelector("tbody"), (found) => this.create(found), (row, found) => this.update(row, found));
  }

  show(coin) {
    this.coin = coin.coin;
    this.rows.set(coin.findings, (found) => found.finding_id);
    setData(this.section, "rows", coin.findings.length);
    this.scroll.hidden = coin.findings.length === 0;
    this.none.hidden = coin.findings.length > 0;
    setText(this.none, coin.words ? `Nothing to compare: ${coin.words}.` : "Nothing in the last hour.");
    this.jump();
  }

  create(found) {
    const row = make("tr");
    row.dataset.kind = found.kind;
    row.dataset.side = found.side;
    row.id = `finding=${found.finding_id}`;
    fill(row, ["", KINDS[found.kind], found.side, commonPrice(found.price), "", ""], this.headers);
    const [market] = found.markets;
    const [venue, symbol] = market.split(":");
    const at = make("a", moment(found.since[0]));
    at.href = `/time?${new URLSearchParams({ symbol, venue, at: found.event_time })}`;
    at.setAttribute("aria-label", `${moment(found.since[0])}, to that time`);
    row.cells[0].append(at);
    setData(row.cells[1], "kind", found.kind);
    row.cells[2].classList.add("side");
    row.cells[5].classList.add("message");
    row.cells[5].append(...this.words(found));
    return row;
  }

  // What it is made of, and the most that stood, may grow; the rest was settled when it was first told.
  update(row, found) {
    setText(row.cells[4], usd(found.max_qty * found.price));
    setData(row, "stage", found.stage);
    if (Number(row.dataset.markets ?? found.markets.length) !== found.markets.length) row.cells[5].replaceChildren(...this.words(found));
    setData(row, "markets", found.markets.length);
  }

  words(found) {
    const size = (place) => `${quantity(found.max_quantities[place])} ${this.coin}`;
    const order = (place) => {
      const link = make("a", found.markets[place], "venue");
      link.href = orderAddress(found.order_ids[place]);
      link.style.setProperty("--tint", tintOf(found.markets[place]));
      link.setAttribute("aria-label", `${size(place)} on ${found.markets[place]}: the order`);
      return link;
    };
    const apart = `${plain(2).format(found.spread_bps)} bps apart`;
    const later = found.delay_ms < 1000 ? `${found.delay_ms} ms later` : `${duration(found.delay_ms)} later`;
    if (found.kind === "moved") return [`${size(0)} pulled on `, order(0), `, ${size(1)} on `, order(1), ` ${later}, ${apart}`];
    if (found.kind === "copied") return [`${size(0)} on `, order(0), `, copied with ${size(1)} on `, order(1), ` ${later}, ${apart}`];
    if (found.kind === "lure_taking") {
      const taker = make("span", found.markets.at(-1), "venue");
      taker.style.setProperty("--tint", tintOf(found.markets.at(-1)));
      return [`${size(0)} shown and pulled on `, order(0), ", while takers took ", `${quantity(found.taken_qty)} ${this.coin} on `, taker, `: ${percent(0)(found.taken_share * 100).replace("+", "")} of it one way, ${one.format(found.taken_usual)} times the usual`];
    }
    const pieces = found.order_ids.flatMap((_, place) => [place ? ", " : "", `${size(place)} on `, order(place)]);
    return [...pieces, `; ${apart}, first and second ${found.delay_ms} ms from each other`];
  }

  // An address that names a finding leads to it once.
  jump() {
    const wanted = decodeURIComponent(location.hash.slice(1));
    if (!wanted.startsWith("finding=") || this.jumped === wanted) return;
    const row = document.getElementById(wanted);
    if (!row) return;
    this.jumped = wanted;
    row.tabIndex = -1;
    row.scrollIntoView({ block: "center" });
    row.focus();
  }
}
