// Figures by the unit that a panel gives them: in words, and on axes.

import { compact, duration, grouped, moment, plain, quantity, show, usd } from "../base/format.js";

const fixed = (column, fallback) => (column.decimals === null ? fallback : plain(column.decimals).format);
const suffixed = (format, suffix) => (value) => `${format(value)}${suffix}`;

const WORDS = {
  currencyUSD: () => usd,
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

// Returns the function that puts a value of a column into words.
export function words(column) {
  if (column.type === "bool") return (value) => (value ? "yes" : "no");
  if (column.type === "text") return (value) => value;
  const format = WORDS[column.unit]?.(column) ?? fixed(column, grouped.format);
  return (value) => show(value, format);
}

// Prices of any size, without trailing zeros.
export const PRICE_TICKS = ",.12~f";

// How an axis writes the unit.
export function axisOf(unit, decimals = null) {
  return {
    currencyUSD: { tickformat: "$.4~s" },
    short: { tickformat: ".5~s" },
    percent: { tickformat: ".3~r", ticksuffix: " %" },
    percentunit: { tickformat: `.${decimals ?? 1}~%` },
    "suffix: bps": { tickformat: ".4~r", ticksuffix: " bps" },
    ms: { ticksuffix: " ms" },
    s: { ticksuffix: " s" },
  }[unit] ?? { tickformat: PRICE_TICKS };
}

export const isTime = (column) => column.type === "time";
export const isNumber = (column) => column.type === "number";
