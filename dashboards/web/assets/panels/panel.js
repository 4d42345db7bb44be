// One panel as a card: title, question, and its chart or table, kept up to date while it is seen.

import { make, setText } from "../base/dom.js";
import { draw, forget, legend, themeChanged, timeAxis, valueAxis } from "./charts.js";
import { PanelData } from "./panel-data.js";
import { PanelTable } from "./panel-table.js";
import { drawing } from "./traces.js";

const cards = new Map();
const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) cards.get(target)?.data?.start();
    else cards.get(target)?.data?.stop();
  }
}, { rootMargin: "120px" });

export class PanelCard {
  // `heard(data)` is called with every news; `open(orderId)` when a row of an order is chosen.
  constructor(panel, { heading = "h2", open = null, heard = null } = {}) {
    Object.assign(this, { panel, heard });
    this.element = make("section", "", `card${panel.width > 12 ? " wide" : ""}`);
    this.element.dataset.panel = panel.key;
    this.table = panel.kind === "table" ? new PanelTable(panel, open) : null;
    this.none = make("p", "Nothing yet.", "none");
    this.none.hidden = true;
    this.body = this.table?.element ?? make("div", "", `chart ${panel.kind}`);
    if (!this.table) this.body.setAttribute("role", "img");
    this.body.setAttribute("aria-label", `${panel.title}: ${panel.question}`);
    if (this.table) {
      this.body.tabIndex = 0;
      this.body.setAttribute("role", "region");
    }
    this.element.append(make(heading, panel.title), make("p", panel.question, "question"), this.body, this.none);
    this.redraw = () => this.draw();
    themeChanged.addEventListener("change", this.redraw);
    cards.set(this.element, this);
  }

  // Asks anew: another symbol or window.
  ask(params) {
    this.data?.stop();
    this.data = new PanelData(this.panel, params, () => this.draw());
    // What is told elsewhere on the page is asked whether the card is seen or not.
    if (this.heard) this.data.start();
    else {
      watcher.unobserve(this.element);
      watcher.observe(this.element);
    }
  }

  remove() {
    this.data?.stop();
    watcher.unobserve(this.element);
    themeChanged.removeEventListener("change", this.redraw);
    cards.delete(this.element);
    if (!this.table) forget(this.body);
    this.element.remove();
  }

  draw() {
    const { data } = this;
    if (!data || (!data.columns && !data.error)) return;
    this.element.dataset.rows = data.length;
    this.none.hidden = data.length > 0;
    this.body.hidden = data.length === 0;
    setText(this.none, data.error || "Nothing in this time.");
    if (data.columns) this.heard?.(data);
    if (data.length === 0) return;
    if (this.table) {
      this.table.show(data);
      return;
    }
    const { traces, layout, legend: named } = drawing(data);
    const time = data.columns.time[0];
    const from = Math.max(data.from, Math.min(time, data.to - data.step));
    draw(this.body, traces, {
      ...layout, xaxis: timeAxis(from, data.to + data.step), bargap: 0.05,
      yaxis: valueAxis(layout.yaxis), ...(layout.yaxis2 ? { yaxis2: valueAxis(layout.yaxis2) } : {}),
      ...(named ? legend() : {}),
    }, JSON.stringify(data.params)).catch((error) => setText(this.none, error.message));
  }
}
