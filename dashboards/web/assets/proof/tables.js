// The two tables of the scorecard: verdicts at a glance, and all figures.

import { Rows, fill, make, setData, setText } from "../base/dom.js";
import { grouped, show } from "../base/format.js";
import { distance, falseDiscovery, figure, horizon, interval, isTested, overall, rate, reading, tellsSide } from "./words.js";

const COLUMNS = [
  ["reading", "What was told, and by which kind of signal", reading],
  ["horizon", "Time after it was told", (line) => horizon(line.horizon_ms), "number"],
  ["verdict", "What may be said", (line) => line.verdict],
  ["n", "Graded readings", (line) => grouped.format(line.readings || line.undirected), "number"],
  ["void", "Could not be graded: the book was lost or silent", (line) => grouped.format(line.void), "number"],
  ["mean", "Mean move of mid in the reading's direction", (line) => figure(line.mean_bps), "number"],
  ["median", "Median of the same", (line) => figure(line.median_bps), "number"],
  ["hit", "Share whose mid moved their way at all", (line) => show(line.hit_rate, rate), "number"],
  ["with it", "Largest move in its direction, mean", (line) => distance(line.favourable_bps), "number"],
  ["against it", "Largest move against it, mean", (line) => distance(line.adverse_bps), "number"],
  ["net", "Mean after half the spread and the fee at either end", (line) => figure(line.net_bps), "number"],
  ["shifted", "Mean of the same readings at shifted times", (line) => figure(line.shifted_bps), "number"],
  ["placebo", "Mean at other times of the same hour that were as restless", (line) => figure(line.placebo_bps), "number"],
  ["effect", "Mean less its control", (line) => (isTested(line) ? figure(line.effect_bps) : tellsSide(line) ? "too few" : "–"), "number"],
  ["95 %", "Confidence interval of the effect", (line) => (isTested(line) ? interval(line) : "–"), "number"],
  ["stretches", "Independent stretches of time", (line) => grouped.format(line.blocks), "number"],
  ["q", "False discovery rate over the whole table", (line) => falseDiscovery(line.q), "number"],
];

export function headers(table, columns) {
  const row = table.tHead.rows[0] ?? table.tHead.insertRow();
  row.replaceChildren(...columns.map(([title, meaning, , className]) => {
    const header = make("th", title, className ?? "");
    header.scope = "col";
    header.title = meaning;
    return header;
  }));
  return [...row.cells];
}

export class FigureTable {
  constructor(table) {
    this.headers = headers(table, COLUMNS);
    this.rows = new Rows(table.tBodies[0], () => make("tr"), (row, line) => {
      fill(row, COLUMNS.map(([, , say]) => say(line)), this.headers);
      setData(row, "verdict", line.verdict);
    });
  }

  show(lines) {
    this.rows.set(lines, (line) => `${line.venue} ${line.symbol} ${line.kind} ${line.label} ${line.horizon_ms}`);
  }
}

// `choose(line)` is called with a line of the reading whose row is chosen.
export class GlanceTable {
  constructor(table, choose) {
    this.table = table;
    this.choose = choose;
    this.rows = new Rows(table.tBodies[0], () => this.create(), (row, group) => this.update(row, group));
  }

  show(groups) {
    const horizons = [...new Set(groups.flat().map((line) => line.horizon_ms))].sort((a, b) => a - b);
    const key = horizons.join();
    if (this.table.dataset.horizons !== key) {
      this.table.dataset.horizons = key;
      this.table.tBodies[0].replaceChildren();
      this.rows.rows.clear();
      this.horizons = horizons;
      this.headers = headers(this.table, [["reading", "What was told, and by which kind of signal"], ["n", "Graded readings at the shortest horizon", null, "number"], ...horizons.map((ms) => [horizon(ms), `${horizon(ms)} after it was told`]), ["in words", "What may be said of it"]]);
    }
    this.rows.set(groups, (group) => reading(group[0]));
  }

  create() {
    const row = make("tr");
    row.tabIndex = 0;
    row.addEventListener("click", () => this.choose(row.line));
    row.addEventListener("keydown", (event) => event.key === "Enter" && this.choose(row.line));
    return row;
  }

  update(row, group) {
    row.line = group[0];
    const at = new Map(group.map((line) => [line.horizon_ms, line]));
    fill(row, [reading(group[0]), grouped.format(group[0].readings || group[0].undirected), ...this.horizons.map(() => ""), overall(group).short], this.headers);
    this.horizons.forEach((ms, index) => this.paint(row.cells[index + 2], at.get(ms)));
    setData(row, "verdict", overall(group).verdict);
  }

  paint(cell, line) {
    const tag = cell.firstElementChild ?? make("span", "", "tag");
    if (!tag.parentNode) cell.append(tag);
    setText(tag, line ? line.verdict : "–");
    setData(tag, "verdict", line?.verdict ?? "");
    cell.title = line && isTested(line) ? `${figure(line.effect_bps)} bps (95 %: ${interval(line)})` : "";
  }
}
