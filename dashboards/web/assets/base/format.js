// Numbers, money, times and colours as people read them.

export const TONES = {
  ACCUMULATE: "buy", MARKUP: "buy", DEFENSIVE_BUY: "buy", SWEEP_BUY: "buy",
  DISTRIBUTION: "sell", MARKDOWN: "sell", DEFENSIVE_SELL: "sell", SWEEP_SELL: "sell",
  MANIPULATION: "lure", SPOOF: "lure",
};
export const tone = (name) => TONES[name] ?? "unknown";
export const plain = (digits) => new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
export const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 12 });
// All digits of a figure but those that arithmetic has left: 61,823.85, not 61,823.850000000006.
export const digits = (value) => grouped.format(Number.isInteger(value) ? value : Number(value.toPrecision(12)));
export const zero = plain(0);
export const one = plain(1);
export const two = plain(2);
export const three = plain(3);
export const compact = new Intl.NumberFormat("en", { notation: "compact", minimumFractionDigits: 1, maximumFractionDigits: 2 });

export const known = (value) => value !== null && value !== undefined;
export const show = (value, format) => (known(value) ? format(value) : "–");
export const usd = (value) => (value < 0 ? "−$" : "$") + compact.format(Math.abs(value));
// Amounts of a symbol are in USD, or in its quote where nobody knows what that is worth.
export const moneyIn = (quote) => (quote ? (value) => `${value < 0 ? "−" : ""}${grouped.format(Number(Math.abs(value).toPrecision(3)))} ${quote}` : usd);
export const moneyOf = ({ quote, quote_usd: worth }) => moneyIn(known(worth) ? "" : quote);
export const signed = (format) => (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + format(Math.abs(value));
export const percent = (digits) => (value) => `${signed(plain(digits).format)(value)} %`;
export const quantity = (value) => (Math.abs(value) >= 100000 ? compact : value >= 100 ? one : three).format(value);
export const clock = (ms) => new Date(ms).toISOString().slice(11, 19);
export const moment = (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
export const sign = (value) => (value > 0 ? "up" : value < 0 ? "down" : "flat");

// One number of decimals for all prices of a symbol, so that they can be compared at a glance.
export function priceFormat(prices) {
  return plain(Math.min(MOST_DECIMALS, Math.max(0, ...prices.map(decimalsOf))));
}

const MOST_DECIMALS = 12;

// Decimals that a price needs, of ten significant digits: 0.00000045 has 8, whatever a number prints as.
function decimalsOf(price) {
  const [mantissa, exponent] = price.toExponential(9).split("e");
  const fraction = mantissa.split(".")[1].replace(/0+$/, "");
  return Math.max(0, fraction.length - Number(exponent));
}

export function duration(ms) {
  if (ms < 10000) return `${one.format(ms / 1000)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}

// What is said of a symbol whose figures are old.
export const partlyLive = (state) => (state.state === "live" && state.reason ? `partly live: ${state.reason}` : "");
export const notLive = (state) => `not live: as of ${moment(state.now_ms)} UTC, ${duration(state.stale_ms)} without news; ${state.reason}`;
