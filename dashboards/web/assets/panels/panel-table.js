// A panel as a table: its columns, units, colours and thresholds; rows that are orders open them.

import { Rows, fill, make, setData } from "../base/dom.js";
import { columnsOf } from "./definitions.js";
import { isNumber, words } from "./units.js";

// Text of any length, which is broken into lines.
const LONG = new Set(["message", "reasons", "reason", "agree", "object"]);
// A longer text, such as the name of a market, has a row of its own on a phone.
const MOST_NARROW = 16;

export class PanelTable {
  constructor(panel, open) {
    Object.assign(this, { panel, open });
    this.columns = columnsOf(panel);
    this.words = new Map();
    this.element = make("div", "", "scroll");
    const table = make("table");
    const head = table.createTHead().insertRow();
    this.headers = this.columns.map((column) => {
      const header = make("th", column.title, isNumber(column) ? "number" : "");
      header.scope = "col";
      head.append(header);
      return header;
    });
    this.element.append(table);
    this.rows = new Rows(table.createTBody(), (row) => this.create(row), (element, row) => this.update(element, row));
  }

  show(data) {
    this.quoteOf = (row) => data.quoteOf(row);
    const names = Object.keys(data.columns);
    const items = Array.from({ length: data.length }, (_, index) => Object.fromEntries(names.map((name) => [name, data.columns[name][index]])));
    const seen = new Map();
    this.rows.set(items, (row) => {
      const key = row.order_id ?? this.panel.columns.filter((column) => !isNumber(column)).map((column) => row[column.name]).join("|");
      seen.set(key, (seen.get(key) ?? 0) + 1);
      return `${key}#${seen.get(key)}`;
    });
  }

  // One formatter a column and currency: they are dear to make.
  wordsIn(quote) {
    if (!this.words.has(quote)) this.words.set(quote, this.columns.map((column) => words(column, quote)));
    return this.words.get(quote);
  }

  create(row) {
    const element = make("tr");
    if (row.order_id && this.open) {
      element.tabIndex = 0;
      element.dataset.orderId = row.order_id;
    }
    return element;
  }

  update(element, row) {
    const say = this.wordsIn(this.quoteOf(row));
    fill(element, this.columns.map((column, index) => String(say[index](row[column.name]))), this.headers);
    this.columns.forEach((column, index) => this.paint(element.cells[index], column, row[column.name]));
  }

  paint(cell, column, value) {
    const { colours, marks } = this.panel;
    if (column.type === "bool") cell.classList.toggle("no", !value);
    if (column.type === "text") cell.classList.toggle("long", (value?.length ?? 0) > MOST_NARROW);
    if (LONG.has(column.name)) cell.classList.add("message");
    if (column.type === "text" && colours[value]) {
      setData(cell, "tinted", value);
      cell.style.setProperty("--tint", colours[value]);
    } else if (column.type === "text") cell.removeAttribute("data-tinted");
    const step = marks[column.name]?.findLast((mark) => mark.value === null || value >= mark.value);
    if (step) {
      setData(cell, "tinted", step.value ?? "");
      cell.style.setProperty("--tint", step.colour);
    }
  }
}
