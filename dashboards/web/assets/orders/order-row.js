// One tracked order as a row of the live page; its columns are those of the panel.

import { duration, quantity, two } from "../base/format.js";
import { make, setData, setText } from "../base/dom.js";
import { columnsOf } from "../panels/definitions.js";

// What the columns of the panel are called in styles.
const NAMES = { classification: "class", is_persistent: "persistent", was_consumed: "consumed", age_ms: "age" };
export const kindOf = (column) => (column.type === "number" ? "number" : "");

// `table` is the panel of tracked orders.
export function newRow(table, order) {
  const row = make("tr");
  row.setAttribute("role", "row");
  row.tabIndex = 0;
  row.dataset.orderId = order.order_id;
  const cells = {};
  for (const column of columnsOf(table)) {
    const name = NAMES[column.name] ?? column.name;
    const cell = make("td", "", `${name} ${kindOf(column)}`.trim());
    cell.setAttribute("role", "cell");
    cell.dataset.label = column.title;
    row.append(cell);
    cells[name] = cell;
  }
  const add = (cell, tag) => cell.appendChild(make(tag));
  cells.className = add(cells.class, "span");
  cells.mark = add(cells.impact, "span");
  cells.mark.className = "mark";
  cells.ratio = add(cells.impact, "b");
  cells.life = add(cells.age, "span");
  cells.closed = add(cells.age, "small");
  row.parts = cells;
  return row;
}

function yesNo(cell, yes, text) {
  setText(cell, yes ? text : "no");
  cell.classList.toggle("no", !yes);
}

export function renderOrder(row, order, { threshold, price, money }) {
  const cells = row.parts;
  const isClosed = order.state === "closed";
  // A closed order has next to nothing left: what it was at its largest says more.
  const impact = isClosed ? order.max_impact_ratio : order.impact_ratio;
  const isHigh = impact >= threshold;
  setData(row, "symbol", order.symbol);
  setData(row, "side", order.side);
  setData(row, "state", order.state);
  setData(row, "classification", order.classification);
  setData(row, "persistent", order.is_persistent);
  setData(row, "impact", isHigh ? "high" : "low");
  setText(cells.side, order.side);
  setText(cells.price, price.format(order.price));
  setText(cells.qty, quantity(isClosed ? order.max_qty : order.current_qty));
  setText(cells.value, money(isClosed ? order.max_value_usd : order.value_usd));
  setText(cells.mark, isHigh ? "◆ " : "");
  setText(cells.ratio, two.format(impact));
  setText(cells.className, order.classification);
  setData(cells.className, "class", order.classification);
  yesNo(cells.persistent, order.is_persistent, "yes");
  const filled = `${Math.round(order.fill_ratio * 100)} %`;
  yesNo(cells.consumed, order.was_consumed, `yes, ${filled}`);
  if (!order.was_consumed && order.fill_ratio >= 0.005) setText(cells.consumed, filled);
  setText(cells.life, duration(order.age_ms));
  setText(cells.closed, isClosed ? `${order.close_reason} ${duration(order.closed_ago_ms)} ago` : "");
}
