// The book of one symbol by price and time, laid together from panels: heat, middle, walls as bars,
// taker volume, and below what was filled and pulled.

import { clock, duration, moneyIn, priceFormat } from "../base/format.js";
import { colour, draw, forget, isSmall, themeChanged, timeAxis, valueAxis } from "./charts.js";
import { definitions } from "./definitions.js";
import { PanelData } from "./panel-data.js";
import { broken, longestHole } from "./traces.js";
import { axisOf, isNumber, priceTicks, words } from "./units.js";

const PARTS = { heat: "large_orders.heat", mid: "large_orders.mid", walls: "large_orders.walls", fates: "large_orders.fills_pulls", volume: "flow.volume" };
const BUBBLES = 40;
const MOST_BARS = 220;

export class MarketChart {
  // `open(orderId)` is called when a wall is clicked.
  constructor(element, venue, symbol, open) {
    Object.assign(this, { element, venue, symbol, open });
    this.span = { minutes: 5 };
    element.setAttribute("aria-label", `Order book of ${symbol} by price and time`);
    this.parts = {};
    this.redraw = () => this.render();
  }

  async start() {
    if (this.stop) return;
    this.stop = () => {
      for (const part of Object.values(this.parts)) part.stop();
      themeChanged.removeEventListener("change", this.redraw);
      forget(this.element);
      this.parts = {};
      this.stop = null;
    };
    themeChanged.addEventListener("change", this.redraw);
    try {
      ({ panels: this.panels } = await definitions());
    } catch (error) {
      this.element.textContent = error.message;
      return;
    }
    if (this.stop) this.read();
  }

  read() {
    const heard = () => this.soon();
    for (const part of Object.values(this.parts)) part.stop();
    const params = { symbol: this.symbol, venue: this.venue, ...this.span };
    for (const [name, key] of Object.entries(PARTS)) {
      this.parts[name] = new PanelData(this.panels[key], params, heard);
      this.parts[name].start();
    }
  }

  // `span`: the last minutes, or from_ms and to_ms of a time that is over.
  show(span) {
    if (JSON.stringify(span) === JSON.stringify(this.span)) return;
    const isStep = "to_ms" in span && "to_ms" in this.span && this.stop;
    this.span = span;
    // A step in history leaves the picture until the next one is there.
    if (isStep) {
      this.read();
      return;
    }
    if (!this.stop) return;
    this.stop();
    this.start();
  }

  // The parts come one after the other: they are drawn together.
  soon() {
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      this.render();
    });
  }

  render() {
    const { heat, mid, walls, fates, volume } = this.parts;
    // Where a tick is a large step, the heat may not reach a single level: the rest is drawn.
    if (!heat?.columns || !walls?.columns || !mid?.length || !this.element.isConnected) return;
    const bars = walls.columns.price.map((_, row) => Object.fromEntries(Object.entries(walls.columns).map(([name, values]) => [name, values[row]])));
    const range = this.priceRange(mid.columns.price, bars, heat.columns.bucket.map(Number));
    const times = [...new Set(heat.length ? heat.columns.time : mid.columns.time)];
    const from = Math.max(heat.from, times[0]);
    const traces = [
      ...(heat.length ? [this.heatTrace(times, heat, mid.columns, range)] : []),
      { type: "scatter", mode: "lines", ...broken({ x: mid.columns.time, y: mid.columns.price }, longestHole(mid)), line: { color: colour("ink"), width: 1.4 }, hoverinfo: "skip", name: mid.panel.title },
      ...this.wallTraces(walls, bars),
      ...(volume?.columns ? this.tradeTraces(volume, mid.columns) : []),
      ...(fates?.columns ? this.fateTraces(fates) : []),
    ];
    const layout = {
      xaxis: timeAxis(from, heat.to + (heat.to - from) * 0.02, { anchor: "y2" }),
      yaxis: valueAxis({ domain: [0.26, 1], range, tickformat: priceTicks(range), showgrid: false }),
      yaxis2: valueAxis({ domain: [0, 0.2], ...axisOf(fates?.panel.unit, figuresOf(fates), null, fates?.quote), nticks: 4, zeroline: true }),
      barmode: "relative", bargap: 0.1,
      annotations: [note("filled ↑", 0.2, "bottom"), note("pulled ↓", 0, "bottom")],
    };
    const label = `Order book of ${this.symbol} by price and time with ${bars.length} large orders`;
    if (this.element.getAttribute("aria-label") !== label) this.element.setAttribute("aria-label", label);
    draw(this.element, traces, layout, `${this.symbol}:${this.span.minutes ?? "then"}`).then(() => this.listenToClicks(), () => {
      this.element.textContent = "The chart library is not installed.";
    });
    this.element.dataset.columns = times.length;
    this.element.dataset.walls = bars.length;
  }

  listenToClicks() {
    if (this.clicks) return;
    this.clicks = true;
    this.element.on("plotly_click", (event) => {
      const id = event.points.find((point) => point.data.meta === "wall")?.customdata?.[0];
      if (id) this.open(id);
    });
  }

  priceRange(prices, walls, levels) {
    const mids = prices.filter((price) => price !== null);
    const mid = mids.at(-1) ?? walls[0]?.price ?? 0;
    // Walls far away would squeeze everything else: zooming out shows them.
    // Where one tick is a large step, the picture holds some of them at least.
    // Without a level the nearest wall tells how far one has to look.
    const step = levels.length ? spacing([...levels, ...walls.map((wall) => wall.price)]) : 0;
    const nearest = levels.length || !walls.length ? 0 : Math.min(...walls.map((wall) => Math.abs(wall.price - mid)));
    const reach = Math.max(mid * 0.005, step * 12, nearest * 2);
    const near = walls.map((wall) => wall.price).filter((price) => Math.abs(price - mid) < reach);
    const least = Math.max(mid * 0.0015, step * 6);
    const low = Math.min(...mids, ...near, mid - least);
    const high = Math.max(...mids, ...near, mid + least);
    const margin = (high - low) * 0.08;
    return [low - margin, high + margin];
  }

  // What stands below the middle of the book is bid, what stands above is asked.
  heatTrace(times, { columns: { time, bucket, usd: sizes }, quote }, mids, [low, high]) {
    const money = moneyIn(quote);
    const prices = bucket.map(Number);
    const levels = [...new Set(prices)].filter((price) => price >= low && price <= high).sort((a, b) => a - b);
    const height = levels.reduce((least, price, index) => (index ? Math.min(least, price - levels[index - 1]) : least), Infinity);
    const first = levels[0] ?? low;
    const count = Number.isFinite(height) ? Math.round((levels.at(-1) - first) / height) + 1 : levels.length;
    const z = Array.from({ length: count }, () => new Array(times.length).fill(null));
    const text = z.map((row) => row.map(() => ""));
    const place = new Map(times.map((at, index) => [at, index]));
    const midAt = new Map(mids.time.map((at, index) => [at, mids.price[index]]));
    const shown = sizes.filter((_, row) => prices[row] >= low && prices[row] <= high).sort((a, b) => a - b);
    const cap = shown[Math.floor(shown.length * 0.98)] || 1;
    let mid = mids.price[0] ?? (low + high) / 2;
    time.forEach((at, row) => {
      mid = midAt.get(at) ?? mid;
      const price = prices[row];
      if (price < low || price > high) return;
      const y = Number.isFinite(height) ? Math.round((price - first) / height) : 0;
      const side = price + (Number.isFinite(height) ? height / 2 : 0) <= mid ? 1 : -1;
      z[y][place.get(at)] = side * Math.min(1, sizes[row] / cap) ** 0.7;
      text[y][place.get(at)] = `${side < 0 ? "asks" : "bids"} ${money(sizes[row])}`;
    });
    const half = Number.isFinite(height) ? height / 2 : 0;
    return {
      type: "heatmap", x: times, y: z.map((_, index) => first + index * (Number.isFinite(height) ? height : 1) + half), z, text,
      zmin: -1, zmax: 1, showscale: false, hoverongaps: false,
      colorscale: [[0, colour("heat-ask")], [0.5, colour("heat-none")], [1, colour("heat-bid")]],
      hovertemplate: `%{y:${priceTicks([high])}}<br>%{text}<br>%{x|%H:%M:%S}<extra></extra>`,
    };
  }

  wallTraces({ panel, quote }, walls) {
    const money = moneyIn(quote);
    const price = priceFormat(walls.map((wall) => wall.price));
    const filled = words(panel.columns.find((column) => column.name === "fill_ratio"));
    return Object.entries(panel.colours).map(([name, tint]) => {
      const x = [], y = [], symbols = [], custom = [], sizes = [];
      for (const wall of walls) {
        if (wall.classification !== name) continue;
        const ended = wall.close_reason !== "";
        const said = `${wall.side} ${price.format(wall.price)} · ${money(wall.max_value_usd)}<br>${name}${ended ? ` · ${wall.close_reason}` : ""}<br>lived ${duration(wall.lifetime_ms)} · filled ${filled(wall.fill_ratio)}`;
        [wall.start_ms, wall.end_ms].forEach((time, end) => {
          x.push(time);
          y.push(wall.price);
          custom.push([wall.order_id, said]);
          const mark = end === 1 && ended;
          symbols.push(mark && wall.close_reason !== "filled" ? "x" : "circle");
          sizes.push(mark ? 8 : 0.1);
        });
        x.push(null); y.push(null); symbols.push("circle"); sizes.push(0.1); custom.push([null, ""]);
      }
      return {
        type: "scatter", mode: "lines+markers", name, x, y, customdata: custom, meta: "wall",
        line: { color: tint, width: 5 }, opacity: name === "UNKNOWN" ? 0.75 : 1,
        marker: { color: tint, symbol: symbols, size: sizes, line: { color: colour("panel"), width: 1 } },
        hovertemplate: "%{customdata[1]}<extra></extra>",
      };
    });
  }

  tradeTraces({ panel, columns, step, quote }, mids) {
    const midAt = new Map(mids.time.map((at, index) => [at, mids.price[index]]));
    return panel.columns.filter((column) => column.type === "number").map((column) => {
      const trades = columns.time.map((time, row) => ({ time, size: Math.abs(columns[column.name][row]), price: midAt.get(time) }));
      const largest = trades.filter((trade) => trade.size > 0 && trade.price).sort((a, b) => b.size - a.size).slice(0, BUBBLES);
      const top = largest[0]?.size ?? 1;
      // Small change would hide what matters.
      while (largest.length && largest.at(-1).size < top * 0.06) largest.pop();
      const say = words(column, quote);
      return {
        type: "scatter", mode: "markers", name: column.title, x: largest.map((trade) => trade.time + step / 2), y: largest.map((trade) => trade.price),
        text: largest.map((trade) => say(trade.size)),
        marker: { symbol: column.name === "bought" ? "triangle-up" : "triangle-down", color: column.colour, opacity: 0.85, size: largest.map((trade) => 3 + 11 * Math.sqrt(trade.size / top)), line: { color: colour("panel"), width: 1 } },
        hovertemplate: `${column.title} %{text}<br>%{x|%H:%M:%S}<extra></extra>`,
      };
    });
  }

  fateTraces({ panel, columns, step, quote, from, to }) {
    const money = moneyIn(quote);
    const x = columns.time.map((time) => time + step / 2);
    // Bars of one second would be hairlines in an hour.
    const width = Math.max(step, (to - from) / MOST_BARS);
    return panel.columns.filter((column) => column.type === "number").map((column) => ({
      type: "bar", yaxis: "y2", name: column.title, x, y: columns[column.name], width,
      marker: { color: column.colour, line: { width: 0 } },
      customdata: columns.time.map((time, row) => `${column.title} ${money(Math.abs(columns[column.name][row]))}<br>${clock(time)}`),
      hovertemplate: "%{customdata}<extra></extra>",
    }));
  }
}

// All values that a panel draws.
function figuresOf(data) {
  return data?.columns ? data.panel.columns.filter(isNumber).flatMap((column) => data.columns[column.name]) : [];
}

// The smallest distance between two prices; 0 where there are no two.
function spacing(prices) {
  const sorted = [...new Set(prices)].sort((a, b) => a - b);
  const steps = sorted.slice(1).map((price, index) => price - sorted[index]).filter((step) => step > sorted[0] * 1e-9);
  return steps.length ? Math.min(...steps) : 0;
}

function note(text, y, yanchor) {
  return { text, xref: "paper", yref: "paper", x: 0, y, xanchor: "left", yanchor, showarrow: false, font: { size: isSmall() ? 10 : 11, color: colour("soft") } };
}
