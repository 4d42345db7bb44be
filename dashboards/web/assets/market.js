// The book of one symbol by price and time: heat, walls as bars, trades, and below what was filled
// and pulled.

import { CLASSES, clock, duration, priceFormat, usd } from "./format.js";
import { follow, get } from "./live.js";
import { classColours, colour, draw, forget, isSmall, themeChanged, timeAxis, valueAxis } from "./charts.js";

const TRADE_FIELDS = ["high", "low", "close", "buy_usd", "sell_usd"];
const FATE_FIELDS = ["bid_filled_usd", "ask_filled_usd", "bid_pulled_usd", "ask_pulled_usd"];
const RETRY_MS = 2000;
const BUBBLES = 40;

export class MarketChart {
  // `open(orderId)` is called when a wall is clicked.
  constructor(element, venue, symbol, open) {
    Object.assign(this, { element, venue, symbol, open });
    this.minutes = 5;
    this.loading = false;
    this.failedAt = 0;
    this.reset();
    this.redraw = () => this.render();
  }

  start() {
    if (this.stop) return;
    const end = follow(`market:${this.venue}:${this.symbol}`, (frame) => this.hear(frame));
    themeChanged.addEventListener("change", this.redraw);
    this.stop = () => {
      end();
      themeChanged.removeEventListener("change", this.redraw);
      forget(this.element);
      this.reset();
      this.stop = null;
    };
  }

  show(minutes) {
    if (minutes === this.minutes) return;
    this.minutes = minutes;
    this.reset();
    if (this.stop) this.load();
  }

  reset() {
    this.now = 0;
    this.step = 1000;
    this.bucket = null;
    this.heat = new Map();
    this.trades = new Map();
    this.fates = new Map();
    this.walls = new Map();
  }

  async load() {
    if (this.loading || Date.now() - this.failedAt < RETRY_MS) return;
    this.loading = true;
    const minutes = this.minutes;
    try {
      const query = new URLSearchParams({ symbol: this.symbol, venue: this.venue, minutes });
      const window = await get(`/api/v1/market?${query}`);
      if (minutes !== this.minutes) return;
      this.reset();
      this.step = window.step_ms;
      this.take(window);
      this.render();
    } catch {
      this.failedAt = Date.now();
    } finally {
      this.loading = false;
      if (minutes !== this.minutes) this.load();
    }
  }

  hear(frame) {
    if (frame.error) return;
    // Whoever missed more than a frame holds, or went back in time, starts over.
    if (!this.now || frame.now_ms - this.now > 9000 || frame.now_ms < this.now - 1000) {
      this.load();
      return;
    }
    if (this.step === 1000) this.take(frame);
    else if (frame.now_ms - this.now >= this.step) this.load();
    this.render();
  }

  take(part) {
    this.now = part.now_ms;
    this.bucket = part.heat.bucket ?? this.bucket;
    for (const column of part.heat.columns) this.heat.set(column.time_ms, column);
    keep(this.trades, part.trades, TRADE_FIELDS);
    keep(this.fates, part.fates, FATE_FIELDS);
    for (const wall of part.walls) this.walls.set(wall.order_id, wall);
    const oldest = this.now - this.minutes * 60000;
    for (const map of [this.heat, this.trades, this.fates]) {
      for (const time of map.keys()) if (time <= oldest) map.delete(time);
    }
    for (const [id, wall] of this.walls) {
      if (wall.closed_at !== null && wall.closed_at <= oldest) this.walls.delete(id);
    }
  }

  render() {
    if (!this.now || !this.bucket || !this.element.isConnected) return;
    const from = this.now - this.minutes * 60000;
    const times = [...this.heat.keys()].sort((a, b) => a - b);
    const columns = times.map((time) => this.heat.get(time));
    const walls = [...this.walls.values()].sort((a, b) => a.price - b.price);
    const range = this.priceRange(columns, walls);
    const traces = [
      this.heatTrace(times, columns, range),
      { type: "scatter", mode: "lines", x: times, y: columns.map((column) => column.mid), line: { color: colour("ink"), width: 1.4 }, hoverinfo: "skip", name: "mid" },
      ...this.wallTraces(walls, from),
      ...this.tradeTraces(),
      ...this.fateTraces(),
    ];
    const layout = {
      xaxis: timeAxis(Math.max(from, times[0] ?? from), this.now + (this.now - Math.max(from, times[0] ?? from)) * 0.02, { anchor: "y2" }),
      yaxis: valueAxis({ domain: [0.26, 1], range, tickformat: ",~f", showgrid: false }),
      yaxis2: valueAxis({ domain: [0, 0.2], tickformat: "$~s", nticks: 4, zeroline: true }),
      barmode: "relative", bargap: 0.1,
      annotations: [note("filled ↑", 0.2, "top"), note("pulled ↓", 0, "bottom")],
    };
    const label = `Order book of ${this.symbol} by price and time with ${walls.length} large orders`;
    if (this.element.getAttribute("aria-label") !== label) this.element.setAttribute("aria-label", label);
    draw(this.element, traces, layout, `${this.symbol}:${this.minutes}`).then(() => this.listenToClicks(), () => {
      this.element.textContent = "The chart library is not installed.";
    });
    this.element.dataset.columns = times.length;
    this.element.dataset.walls = walls.length;
  }

  listenToClicks() {
    if (this.clicks) return;
    this.clicks = true;
    this.element.on("plotly_click", (event) => {
      const id = event.points.find((point) => point.data.meta === "wall")?.customdata?.[0];
      if (id) this.open(id);
    });
  }

  priceRange(columns, walls) {
    const mids = columns.map((column) => column.mid).filter((mid) => mid !== null);
    const mid = mids.at(-1) ?? walls[0]?.price ?? 0;
    // Walls far away would squeeze everything else: zooming out shows them.
    const near = walls.map((wall) => wall.price).filter((price) => Math.abs(price - mid) < mid * 0.005);
    const low = Math.min(...mids, ...near, mid * 0.9985);
    const high = Math.max(...mids, ...near, mid * 1.0015);
    const margin = (high - low) * 0.08;
    return [low - margin, high + margin];
  }

  heatTrace(times, columns, [low, high]) {
    const first = Math.floor(low / this.bucket) - 1;
    const count = Math.ceil(high / this.bucket) - first + 2;
    const rows = Array.from({ length: count }, () => new Array(times.length).fill(null));
    const sizes = [];
    columns.forEach((column, x) => column.net_usd.forEach((net, i) => {
      const y = column.low + i - first;
      if (y < 0 || y >= count) return;
      rows[y][x] = net;
      sizes.push(Math.abs(net));
    }));
    sizes.sort((a, b) => a - b);
    const cap = sizes[Math.floor(sizes.length * 0.98)] || 1;
    const z = rows.map((row) => row.map((net) => (net === null ? null : Math.sign(net) * Math.min(1, Math.abs(net) / cap) ** 0.7)));
    const text = rows.map((row) => row.map((net) => (net === null ? "" : `${net < 0 ? "asks" : "bids"} ${usd(Math.abs(net))}`)));
    return {
      type: "heatmap", x: times, y: rows.map((_, i) => (first + i + 0.5) * this.bucket), z, text,
      zmin: -1, zmax: 1, showscale: false, hoverongaps: false,
      colorscale: [[0, colour("heat-ask")], [0.5, colour("heat-none")], [1, colour("heat-bid")]],
      hovertemplate: "%{y:,~f}<br>%{text}<br>%{x|%H:%M:%S}<extra></extra>",
    };
  }

  wallTraces(walls, from) {
    const colours = classColours();
    const price = priceFormat(walls.map((wall) => wall.price));
    return CLASSES.map((name) => {
      const x = [], y = [], symbols = [], custom = [], sizes = [];
      for (const wall of walls) {
        if (wall.classification !== name) continue;
        const closed = wall.closed_at;
        const words = `${wall.side} ${price.format(wall.price)} · ${usd(wall.max_value_usd)}<br>${name}${closed === null ? "" : ` · ${wall.close_reason}`}<br>lived ${duration((closed ?? this.now) - wall.first_seen)} · filled ${Math.round(wall.fill_ratio * 100)} %`;
        const ends = [Math.max(from, wall.first_seen), closed ?? this.now];
        ends.forEach((time, end) => {
          x.push(time);
          y.push(wall.price);
          custom.push([wall.order_id, words]);
          const ended = end === 1 && closed !== null;
          symbols.push(ended && wall.close_reason !== "filled" ? "x" : "circle");
          sizes.push(ended ? 8 : 0.1);
        });
        x.push(null); y.push(null); symbols.push("circle"); sizes.push(0.1); custom.push([null, ""]);
      }
      return {
        type: "scatter", mode: "lines+markers", name, x, y, customdata: custom, meta: "wall",
        line: { color: colours[name], width: 5 }, opacity: name === "UNKNOWN" ? 0.75 : 1,
        marker: { color: colours[name], symbol: symbols, size: sizes, line: { color: colour("panel"), width: 1 } },
        hovertemplate: "%{customdata[1]}<extra></extra>",
      };
    });
  }

  tradeTraces() {
    const trades = [...this.trades].sort(([a], [b]) => a - b);
    const bubbles = (field, at, name, symbol, tint) => {
      const largest = trades.filter(([, trade]) => trade[field] > 0 && trade.close !== null)
        .sort(([, a], [, b]) => b[field] - a[field]).slice(0, BUBBLES);
      const top = largest[0]?.[1][field] ?? 1;
      // Small change would hide what matters.
      while (largest.length && largest.at(-1)[1][field] < top * 0.06) largest.pop();
      return {
        type: "scatter", mode: "markers", name, x: largest.map(([time]) => time), y: largest.map(([, trade]) => trade[at]),
        text: largest.map(([, trade]) => usd(trade[field])),
        marker: { symbol, color: tint, opacity: 0.85, size: largest.map(([, trade]) => 3 + 11 * Math.sqrt(trade[field] / top)), line: { color: colour("panel"), width: 1 } },
        hovertemplate: `${name} %{text}<br>%{x|%H:%M:%S}<extra></extra>`,
      };
    };
    return [
      bubbles("buy_usd", "high", "taker buys", "triangle-up", colour("buy")),
      bubbles("sell_usd", "low", "taker sells", "triangle-down", colour("sell")),
    ];
  }

  fateTraces() {
    const fates = [...this.fates].sort(([a], [b]) => a - b);
    const x = fates.map(([time]) => time + this.step / 2);
    // Bars of one second would be hairlines in an hour.
    const width = Math.max(this.step, (this.minutes * 60000) / 220);
    const bars = (field, sign, name, tint) => ({
      type: "bar", yaxis: "y2", name, x, y: fates.map(([, fate]) => sign * fate[field]), width,
      marker: { color: tint, line: { width: 0 } },
      customdata: fates.map(([time, fate]) => `${name} ${usd(fate[field])}<br>${clock(time)}`),
      hovertemplate: "%{customdata}<extra></extra>",
    });
    return [
      bars("bid_filled_usd", 1, "bids filled", colour("sell")),
      bars("ask_filled_usd", 1, "asks filled", colour("buy")),
      bars("bid_pulled_usd", -1, "bids pulled", colour("lure")),
      bars("ask_pulled_usd", -1, "asks pulled", colour("lure-soft")),
    ];
  }
}

function keep(map, columns, fields) {
  columns.time_ms.forEach((time, index) => {
    map.set(time, Object.fromEntries(fields.map((field) => [field, columns[field][index]])));
  });
}

function note(text, y, yanchor) {
  return { text, xref: "paper", yref: "paper", x: 0, y, xanchor: "left", yanchor, showarrow: false, font: { size: isSmall() ? 10 : 11, color: colour("soft") } };
}
