// What became of the walls of one symbol: which were pulled or filled, how large, how long they lived.

import { clock, duration, moment, moneyOf, priceFormat } from "../base/format.js";
import { Rows, fill, make, setData, setText } from "../base/dom.js";
import { get } from "../base/live.js";

const LIMIT = 200;
const REFRESH_MS = 5000;

export class EndedOrders {
  constructor(state, open) {
    Object.assign(this, { venue: state.venue, symbol: state.symbol, open });
    this.section = document.getElementById("ended");
    this.section.hidden = false;
    this.form = document.getElementById("ended-filters");
    this.headers = [...this.section.querySelectorAll("th")];
    this.price = priceFormat([0]);
    this.rows = new Rows(this.section.querySelector("tbody"), (order) => this.create(order), (row, order) => this.update(row, order));
    this.form.addEventListener("change", () => this.load());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.money = moneyOf(state.context);
    this.now = 0;
    this.readAt = 0;
  }

  tick(state) {
    this.now = state?.now_ms ?? 0;
    if (state) this.money = moneyOf(state.context);
    if (Date.now() - this.readAt >= REFRESH_MS) this.load();
  }

  async load() {
    this.readAt = Date.now();
    const data = new FormData(this.form);
    const outcome = data.get("outcome");
    const query = new URLSearchParams({
      symbol: this.symbol, venue: this.venue, state: "closed", limit: 5000,
      from_ms: Math.round(this.now - Number(data.get("hours")) * 3600000), to_ms: this.now,
    });
    if (outcome === "pulled") query.set("pulled", "true");
    if (outcome === "filled") query.set("close_reason", "filled");
    this.section.querySelector(".csv").href = `/api/v1/large-orders/export.csv?${query}`;
    try {
      this.render(await get(`/api/v1/large-orders/history?${query}`), outcome);
    } catch (error) {
      setText(document.getElementById("ended-words"), error.message);
    }
  }

  render({ orders, truncated }, outcome) {
    const word = outcome || "ended";
    const values = orders.map((order) => order.max_value_usd).sort((a, b) => a - b);
    const lives = orders.map((order) => order.lifetime_ms).sort((a, b) => a - b);
    const middle = (sorted) => sorted[Math.floor(sorted.length / 2)];
    setText(document.getElementById("ended-words"), orders.length
      ? `${truncated ? "More than " : ""}${orders.length} walls ${word}. Half of them were larger than ${this.money(middle(values))} and half lived longer than ${duration(middle(lives))}; the largest was ${this.money(values.at(-1))}.`
      : `No wall ${word} in this time.`);
    setData(this.section, "count", orders.length);
    this.price = priceFormat(orders.map((order) => order.price));
    this.rows.set(orders.slice(0, LIMIT), (order) => order.order_id);
  }

  create(order) {
    const row = make("tr");
    row.tabIndex = 0;
    row.dataset.orderId = order.order_id;
    return row;
  }

  update(row, order) {
    setData(row, "side", order.side);
    fill(row, [
      clock(order.closed_at), order.side, this.price.format(order.price), this.money(order.max_value_usd),
      duration(order.lifetime_ms), `${Math.round(order.fill_ratio * 100)} %`, order.close_reason, order.classification,
    ], this.headers);
    row.cells[0].title = moment(order.closed_at);
    row.cells[1].classList.add("side");
    setData(row.cells[7], "class", order.classification);
    row.cells[7].classList.add("class");
  }
}
