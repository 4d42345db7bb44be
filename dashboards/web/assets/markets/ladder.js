// One ladder of all markets: a row a price, a column a market, what stands there in USD.

import { Rows, make, setData, setText } from "../base/dom.js";
import { digits, duration, one, usd } from "../base/format.js";
import { chip, commonPrice, orderLink, tintOf } from "./names.js";

const MOST_OF_SUM = 100;

export class Ladder {
  constructor(section) {
    this.section = section;
    this.scroll = section.querySelector(".scroll");
    this.head = section.querySelector("thead tr");
    this.none = section.querySelector(".none");
    this.body = section.querySelector("tbody");
    this.markets = [];
    this.body.addEventListener("keydown", (event) => this.move(event));
  }

  show(coin) {
    this.entitle(coin.markets.map((market) => market.market));
    const rungs = coin.ladder;
    this.largest = Math.max(1, ...rungs.flatMap((rung) => this.markets.map((market) => worthOf(rung, market))));
    const above = rungs.filter((rung) => rung.side === "ask");
    const below = rungs.filter((rung) => rung.side === "bid");
    const middle = coin.mid === null ? [] : [{ side: "mid", price: coin.mid }];
    this.rows.set([...above, ...middle, ...below], (rung) => (rung.walls ? `${rung.side}:${rung.walls.map((wall) => wall.order_id).sort()[0]}` : "mid"));
    setData(this.section, "rungs", rungs.length);
    this.scroll.hidden = rungs.length === 0;
    this.none.hidden = rungs.length > 0;
    setText(this.none, coin.words ? `Nothing to compare: ${coin.words}.` : "No large order stands on any market.");
  }

  // The columns are the markets of the coin: others are another table.
  entitle(markets) {
    if (this.markets.join() === markets.join()) return;
    this.markets = markets;
    const titled = (text, className = "") => {
      const header = make("th", text, className);
      header.scope = "col";
      return header;
    };
    this.head.replaceChildren(
      titled("Price"),
      ...markets.map((market) => {
        const header = titled("", "number");
        header.append(chip(market));
        return header;
      }),
      titled("All", "number"), titled("Distance", "number"), titled("Part of"),
    );
    this.body.replaceChildren();
    this.rows = new Rows(this.body, (rung) => this.create(rung), (row, rung) => this.update(row, rung));
  }

  create(rung) {
    const row = make("tr", "", rung.side === "mid" ? "mid" : "");
    row.dataset.side = rung.side;
    if (rung.side === "mid") {
      const cell = row.insertCell();
      cell.colSpan = this.markets.length + 4;
      return row;
    }
    const labels = ["Price", ...this.markets, "All", "Distance", "Part of"];
    labels.forEach((label, index) => {
      const cell = row.insertCell();
      cell.dataset.label = label;
      if (index > 0 && index < labels.length - 1) cell.className = "number";
    });
    row.cells[0].classList.add("side", "price");
    this.markets.forEach((market, index) => row.cells[index + 1].style.setProperty("--tint", tintOf(market)));
    return row;
  }

  update(row, rung) {
    if (rung.side === "mid") {
      setText(row.cells[0], `common mid ${commonPrice(rung.price)}`);
      return;
    }
    setText(row.cells[0], commonPrice(rung.price));
    this.markets.forEach((market, index) => this.fill(row.cells[index + 1], rung, market));
    const [all, distance, part] = [...row.cells].slice(-3);
    setText(all, usd(rung.value_usd));
    setText(distance, `${one.format(Math.abs(rung.distance_bps))} bps`);
    setText(part, rung.kinds.map((kind) => kind.replace("_", " ")).join(", "));
    setData(row, "markets", rung.markets);
  }

  fill(cell, rung, market) {
    const walls = rung.walls.filter((wall) => wall.market === market).sort((a, b) => b.value_usd - a.value_usd);
    if (!walls.length) {
      if (cell.firstChild) cell.replaceChildren();
      cell.classList.remove("stands");
      return;
    }
    cell.classList.add("stands");
    cell.style.setProperty("--share", `${((worthOf(rung, market) / this.largest) * MOST_OF_SUM).toFixed(1)}%`);
    if (!cell.firstChild) cell.append(make("a"), make("small"));
    const [link, more] = cell.children;
    setData(link, "class", walls[0].classification);
    const told = walls.map((wall) => `${wall.classification} at ${digits(wall.price)}, ${usd(wall.value_usd)}, since ${duration(wall.age_ms)}`).join("; ");
    orderLink(link, walls[0].order_id, usd(worthOf(rung, market)), `${market} ${rung.side}: ${told}`);
    setText(more, walls.length > 1 ? `${walls.length} walls` : "");
  }

  // Arrows go from wall to wall: along the row, or to the nearest one above or below.
  move(event) {
    const link = event.target.closest?.("a");
    if (!link) return;
    const links = [...this.body.querySelectorAll("a")];
    const place = links.indexOf(link);
    const column = link.closest("td").cellIndex;
    const rowOf = (one) => one.closest("tr").sectionRowIndex;
    const upright = (step) => {
      const others = links.filter((one) => (rowOf(one) - rowOf(link)) * step > 0);
      const next = Math.min(...others.map((one) => Math.abs(rowOf(one) - rowOf(link))));
      return others.filter((one) => Math.abs(rowOf(one) - rowOf(link)) === next)
        .sort((a, b) => Math.abs(a.closest("td").cellIndex - column) - Math.abs(b.closest("td").cellIndex - column))[0];
    };
    const target = { ArrowRight: links[place + 1], ArrowLeft: links[place - 1], ArrowDown: upright(1), ArrowUp: upright(-1) }[event.key];
    if (!target) return;
    target.focus();
    event.preventDefault();
  }
}

function worthOf(rung, market) {
  return rung.walls.reduce((sum, wall) => sum + (wall.market === market ? wall.value_usd : 0), 0);
}
