// What became of the suggestions beside walls: a table, and the result in words.

import { Rows, fill, make, setData } from "../base/dom.js";
import { grouped, plain, show, usd } from "../base/format.js";
import { headers } from "./tables.js";

const one = plain(1);
const two = plain(2);
const share = (value) => `${one.format(value * 100)} %`;
const range = (line) => (line.low === null ? "–" : `${share(line.low)} to ${share(line.high)}`);
const voids = (line) => Object.values(line.void).reduce((sum, count) => sum + count, 0);

const COLUMNS = [
  ["wall", "Class of the wall that it was told beside", (line) => line.label],
  ["told", "Suggestions that are over", (line) => grouped.format(line.suggestions), "number"],
  ["entered", "A trade went beyond the entry: a limit order there was filled", (line) => grouped.format(line.entered), "number"],
  ["within", "Entered ones that lost no more than the amount", (line) => grouped.format(line.within), "number"],
  ["share", "Of the entered ones", (line) => show(line.within_share, share), "number"],
  ["95 %", "Interval of the share (Wilson), as if they were independent; neighbouring walls are not", range, "number"],
  ["stopped", "Left at the invalidation", (line) => grouped.format(line.stopped), "number"],
  ["mean loss", "Of the entered ones, USD, fee included; negative: a gain", (line) => show(line.mean_loss_usd, usd), "number"],
  ["worst", "Largest loss against its amount", (line) => show(line.worst_loss_ratio, two.format), "number"],
  ["not entered", "No trade went beyond the entry in time", (line) => grouped.format(line.not_entered), "number"],
  ["withdrawn", "The wall was gone before", (line) => grouped.format(line.withdrawn), "number"],
  ["touched only", "Of these two, those that a trade touched at the entry: filled or not, nobody knows", (line) => grouped.format(line.touched_only), "number"],
  ["void", "Could not be graded", (line) => grouped.format(voids(line)), "number"],
];

export class SuggestionTable {
  constructor(table) {
    this.table = table;
    this.headers = headers(table, COLUMNS);
    this.rows = new Rows(table.tBodies[0], () => make("tr"), (row, line) => {
      fill(row, COLUMNS.map(([, , say]) => say(line)), this.headers);
      setData(row, "label", line.label);
    });
  }

  show(lines) {
    this.table.hidden = lines.length === 0;
    this.rows.set(lines, (line) => `${line.venue} ${line.symbol} ${line.label}`);
  }
}

// `every`: those of all symbols.
export function suggested(lines, every) {
  if (!every.length) return "None was told in this time: they are off until an amount is set (maxLossAmount, PUT /api/v1/settings/maxLossAmount).";
  if (!lines.length) return "None was told of this choice.";
  const sum = (name) => lines.reduce((total, line) => total + line[name], 0);
  const entered = sum("entered");
  if (!entered) return `Of ${grouped.format(sum("suggestions"))} no trade went beyond the entry of any, so nothing was lost or gained.`;
  return `Of ${grouped.format(sum("suggestions"))} suggestions ${grouped.format(entered)} were entered; ${grouped.format(sum("within"))} of these lost no more than the amount.`;
}
