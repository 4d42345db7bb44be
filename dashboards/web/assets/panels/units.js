// Figures by the unit that a panel gives them: in words, and on axes.

import { compact, digits, duration, moment, moneyIn, plain, quantity, show } from "../base/format.js";

const fixed = (column, fallback) => (column.decimals === null ? fallback : plain(column.decimals).format);
const suffixed = (format, suffix) => (value) => `${format(value)}${suffix}`;

const WORDS = {
  currencyUSD: (_, quote) => moneyIn(quote),
  short: (column) => fixed(column, quantity),
  percent: (column) => suffixed(fixed(column, plain(3).format), " %"),
  percentunit: (column) => (value) => `${plain(column.decimals ?? 1).format(value * 100)} %`,
  "suffix: bps": (column) => suffixed(fixed(column, plain(1).format), " bps"),
  ms: () => duration,
  s: (column) => suffixed(fixed(column, plain(1).format), " s"),
  cps: () => suffixed(compact.format, "/s"),
  dateTimeAsIso: () => moment,
  dateTimeFromNow: () => (ms) => `${duration(Math.max(0, Date.now() - ms))} ago`,
};

// Returns the function that puts a value of a column into words. `quote`: the currency of amounts that
// are not in USD.
export function words(column, quote = "") {
  if (column.type === "bool") return (value) => (value ? "yes" : "no");
  if (column.type === "text") return (value) => value;
  const format = WORDS[column.unit]?.(column, quote) ?? fixed(column, digits);
  return (value) => show(value, format);
}

const SIGNIFICANT = 12;
const MOST_DECIMALS = 20;
const THOUSAND = 1000;

const largestOf = (values) => values.reduce((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);

// Prices of any size, without trailing zeros and without what arithmetic has left in the last digits.
export function priceTicks(prices) {
  const before = Math.floor(Math.log10(largestOf(prices) || 1)) + 1;
  return `,.${Math.min(MOST_DECIMALS, Math.max(0, SIGNIFICANT - before))}~f`;
}

// How an axis writes the unit of the values on it. Prefixes are for thousands and more: below, half a
// dollar would be $500m.
export function axisOf(unit, values, decimals = null, quote = "") {
  const isLarge = largestOf(values) >= THOUSAND;
  return {
    currencyUSD: quote ? { tickformat: ",.4~r", ticksuffix: ` ${quote}` } : { tickformat: isLarge ? "$.4~s" : "$,.4~r" },
    short: { tickformat: isLarge ? ".5~s" : ",.5~r" },
    percent: { tickformat: ".3~r", ticksuffix: " %" },
    percentunit: { tickformat: `.${decimals ?? 1}~%` },
    "suffix: bps": { tickformat: ".5~r", ticksuffix: " bps" },
    ms: { ticksuffix: " ms" },
    s: { ticksuffix: " s" },
  }[unit] ?? { tickformat: priceTicks(values) };
}

export const isTime = (column) => column.type === "time";
export const isNumber = (column) => column.type === "number";
