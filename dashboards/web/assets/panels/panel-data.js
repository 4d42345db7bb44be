// The answer of one panel, kept up to date: whole frames replace it, or tails continue it.

import { follow, get } from "../base/live.js";

const RETRY_MS = 2000;

export class PanelData {
  // `params`: symbol, venue, minutes. `changed(data)` is called with every news.
  constructor(panel, params, changed) {
    Object.assign(this, { panel, params, changed });
    this.query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== undefined && value !== ""));
    this.columns = null;
    this.quotes = {};
    this.error = "";
    this.failedAt = 0;
  }

  start() {
    if (this.end) return;
    if (this.params.to_ms !== undefined) {
      // What is over does not change: it is asked once.
      this.end = () => {};
      if (!this.columns) this.load();
      return;
    }
    this.end = follow(`panel:${this.panel.key}?${this.query}`, (frame) => this.hear(frame));
  }

  stop() {
    this.end?.();
    this.end = null;
  }

  hear(frame) {
    if (frame.error) {
      this.error = frame.error;
      this.changed(this);
    } else if (!frame.tail) this.take(frame);
    else if (!this.columns || frame.from_ms > this.to || frame.to_ms < this.to - 1000) this.load();
    else this.take(this.continued(frame));
  }

  // Whoever missed more than a tail holds, or went back in time, starts over.
  async load() {
    if (this.loading || Date.now() - this.failedAt < RETRY_MS) return;
    this.loading = true;
    try {
      const whole = await get(`/api/v1/panels/${this.panel.key}?${this.query}`);
      if (this.end) this.take(whole);
    } catch (error) {
      this.failedAt = Date.now();
      this.error = error.message;
      this.changed(this);
    } finally {
      this.loading = false;
    }
  }

  take(answer) {
    this.columns = answer.columns;
    this.from = answer.from_ms;
    this.to = answer.to_ms;
    this.step = answer.step_ms;
    this.quotes = answer.quotes ?? {};
    this.error = "";
    this.changed(this);
  }

  continued(tail) {
    const times = this.columns.time;
    const from = tail.to_ms - (this.to - this.from);
    const first = times.findIndex((time) => time >= from - this.step);
    const old = times.findIndex((time) => time >= tail.from_ms);
    const end = old < 0 ? times.length : old;
    const joined = ([name, values]) => [name, [...values.slice(first < 0 ? end : first, end), ...tail.columns[name]]];
    return { ...tail, from_ms: from, columns: Object.fromEntries(Object.entries(this.columns).map(joined)) };
  }

  // The currency of amounts that are not in USD; of a panel about one symbol.
  get quote() {
    return this.params.symbol || this.params.order_id ? Object.values(this.quotes)[0] ?? "" : "";
  }

  // The same for a row of a table, which may name its symbol.
  quoteOf(row) {
    if (!row.symbol) return this.quote;
    const named = (key) => (row.venue ? key === `${row.venue}:${row.symbol}` : key.endsWith(`:${row.symbol}`));
    return Object.entries(this.quotes).find(([key]) => named(key))?.[1] ?? "";
  }

  get length() {
    return this.columns ? Object.values(this.columns)[0].length : 0;
  }

  // Indexes of rows by the values of a text column, in order of first sight.
  groups(name) {
    const found = new Map();
    this.columns[name].forEach((value, index) => {
      if (!found.has(value)) found.set(value, []);
      found.get(value).push(index);
    });
    return found;
  }
}
