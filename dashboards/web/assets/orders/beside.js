// What is told beside the orders that stand: whether they will be filled or pulled, and what leaning on
// them may lose. Its columns are those of the panel; what is told of none is not shown.

import { digits, known, show, zero } from "../base/format.js";
import { Rows, fill, make, setData } from "../base/dom.js";
import { columnsOf } from "../panels/definitions.js";

const share = (value) => `${zero.format(value * 100)} %`;
const SAY = {
  side: (order) => order.side,
  price: (order, { price }) => price.format(order.price),
  classification: (order) => order.classification,
  value: (order, { money }) => money(order.value_usd),
  suggested_entry: (order, { price }) => show(order.suggested_entry, price.format),
  suggested_invalidation: (order, { price }) => show(order.suggested_invalidation, price.format),
  suggested_qty: (order) => show(order.suggested_qty, digits),
  suggested_loss_usd: (order, { money }) => show(order.suggested_loss_usd, money),
  max_loss_usd: (order, { money }) => show(order.max_loss_usd, money),
  words: (order) => order.suggestion ?? "",
};
for (const name of ["p_filled_10s", "p_pulled_10s", "p_filled_60s", "p_pulled_60s"]) SAY[name] = (order) => show(order[name], share);

const FIELDS = { value: "value_usd", words: "suggestion" };
const isTold = (order) => order.state !== "closed" && (known(order.suggestion) || known(order.fate_model_version));

export class Beside {
  // `element` holds the table; `panel` is that of its columns.
  constructor(element, panel) {
    this.element = element;
    this.columns = columnsOf(panel);
    this.body = element.querySelector("tbody");
  }

  // `formats`: how a price and an amount of the symbol are written.
  show(orders, formats) {
    const told = orders.filter(isTold);
    this.element.hidden = told.length === 0;
    setData(this.element, "told", told.length);
    if (!told.length) return;
    const columns = this.columns.filter(({ name }) => told.some((order) => known(order[FIELDS[name] ?? name])));
    const key = columns.map(({ name }) => name).join();
    if (this.element.dataset.columns !== key) {
      this.element.dataset.columns = key;
      this.headers = columns.map((column) => {
        const header = make("th", column.title, column.type === "number" ? "number" : column.name);
        header.scope = "col";
        return header;
      });
      this.element.querySelector("thead tr").replaceChildren(...this.headers);
      this.body.replaceChildren();
      this.rows = new Rows(this.body, (order) => this.create(order), (row, [order, said]) => {
        setData(row, "side", order.side);
        fill(row, columns.map(({ name }) => SAY[name](order, said)), this.headers);
      });
    }
    this.rows.set(told.map((order) => [order, formats]), ([order]) => order.order_id);
  }

  create([order]) {
    const row = make("tr");
    row.tabIndex = 0;
    row.dataset.orderId = order.order_id;
    return row;
  }
}
