// What the forecasts of the fate of orders said, and how often they came true.

import { Rows, fill, make } from "../base/dom.js";
import { grouped, plain } from "../base/format.js";
import { headers } from "./tables.js";

const one = plain(1);
const four = plain(4);
const share = (value) => `${one.format(value * 100)} %`;
const words = (name) => name.replace(/^p_(filled|pulled)_(\d+)s$/, "$1 within $2 s");

const COLUMNS = [
  ["forecast", "What was told", (line) => words(line.forecast)],
  ["symbol", "Of its orders", (line) => line.symbol],
  ["graded", "Forecasts that are over; of each order one at a time", (line) => grouped.format(line.graded), "number"],
  ["told", "Mean probability", (line) => share(line.told), "number"],
  ["came true", "Share of them", (line) => share(line.came_true), "number"],
  ["Brier", "Mean squared error of the probability", (line) => four.format(line.brier), "number"],
  ["model", "Version of the model", (line) => line.fate_model_version],
];

export class ForecastTable {
  constructor(section) {
    this.section = section;
    const table = section.querySelector("table");
    this.headers = headers(table, COLUMNS);
    this.rows = new Rows(table.tBodies[0], () => make("tr"), (row, line) => fill(row, COLUMNS.map(([, , say]) => say(line)), this.headers));
  }

  show(lines) {
    this.section.hidden = lines.length === 0;
    this.rows.set(lines, (line) => `${line.venue} ${line.symbol} ${line.fate_model_version} ${line.forecast}`);
  }
}
