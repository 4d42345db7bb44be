// Names, colours and links of markets and their orders.

import { make, setText } from "../base/dom.js";
import { duration, grouped, one, zero } from "../base/format.js";

export const venueOf = (market) => market.split(":")[0];
// A venue that has no colour of its own takes the one of what is unknown.
export const tintOf = (market) => `var(--venue-${venueOf(market)}, var(--series-6))`;
export const orderAddress = (id) => `/large-orders#order=${encodeURIComponent(id)}`;

// `venue:symbol` with the colour of its venue before it.
export function chip(market) {
  const element = make("span", "", "venue");
  const [venue, symbol] = market.split(":");
  // Where room is short it breaks between the two.
  element.append(`${venue}:`, make("wbr"), make("span", symbol));
  element.style.setProperty("--tint", tintOf(market));
  return element;
}

// On the scale of all markets a price has no tick.
export const commonPrice = (price) => grouped.format(Number(price.toPrecision(7)));
export const skewWords = (ms) => (Math.abs(ms) < 1000 ? `${(Math.abs(ms) < 100 ? one : zero).format(ms)} ms` : duration(ms));

// A link to an order that says so; what stays the same is left alone.
export function orderLink(link, id, text, title) {
  const address = orderAddress(id);
  if (link.getAttribute("href") !== address) link.setAttribute("href", address);
  if (link.title !== title) link.title = title;
  if (link.getAttribute("aria-label") !== `${text}, ${title}`) link.setAttribute("aria-label", `${text}, ${title}`);
  setText(link, text);
}
