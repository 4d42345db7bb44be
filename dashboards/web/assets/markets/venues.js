// Each market of a coin in a row: what it says, its basis, its clock, and whether it is live.

import { Rows, badge, fill, make, setData, setText } from "../base/dom.js";
import { digits, duration, known, partlyLive, plain, quantity, show, signed, tone, zero } from "../base/format.js";
import { chip, skewWords } from "./names.js";

const MARKET = 0, SAYS = 1, CVD = 6, HELD = 7, STATE = 9;
const bps = (value) => `${signed(plain(2).format)(value)} bps`;

export class Venues {
  constructor(table) {
    this.headers = [...table.tHead.rows[0].cells];
    this.rows = new Rows(table.tBodies[0], (market) => this.create(market), (row, market) => this.update(row, market));
  }

  show(coin) {
    // The other figures of a row state their unit themselves.
    setText(this.headers[CVD], `CVD, ${coin.coin}`);
    setText(this.headers[HELD], `Open interest, ${coin.coin}`);
    this.rows.set(coin.markets, (market) => market.market);
  }

  create(market) {
    const row = make("tr");
    row.dataset.market = market.market;
    fill(row, this.headers.map(() => ""), this.headers);
    const link = make("a");
    link.href = `/flow?${new URLSearchParams({ symbol: market.symbol, venue: market.venue })}`;
    link.append(chip(market.market));
    row.cells[MARKET].append(link);
    row.cells[SAYS].append(make("strong", "", "action"));
    return row;
  }

  update(row, market) {
    setData(row, "feed", market.state);
    setData(row, "stands", market.stands ?? "");
    badge(row.querySelector(".action"), market.final_action ?? "–", tone);
    const texts = {
      2: market.stands ?? "–",
      3: show(market.weight, (weight) => `${zero.format(weight * 100)} %`),
      4: show(market.mid, digits),
      5: show(market.basis_bps, bps),
      [CVD]: show(market.cvd_qty, signed(quantity)),
      [HELD]: show(market.open_interest, quantity),
      8: show(market.skew_ms, signed(skewWords)),
      [STATE]: market.state !== "live" ? `not live for ${duration(market.stale_ms)}`
        : partlyLive(market) ? "partly live"
        : market.unvalued ? `live, not compared: the value of ${market.unvalued} is unknown`
        : market.is_told ? "live" : "live, not told together",
    };
    for (const [place, text] of Object.entries(texts)) setText(row.cells[place], text);
    row.cells[STATE].title = market.reason;
    const beyond = known(market.within_tolerance) && !market.within_tolerance;
    setData(row.cells[8], "sign", beyond ? "down" : "flat");
    row.cells[8].title = known(market.tolerance_ms) ? `${beyond ? "beyond" : "within"} the tolerance of ${market.tolerance_ms} ms` : "";
  }
}
