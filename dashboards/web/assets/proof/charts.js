// The forest plot of effects with their intervals, and the mean path of each reading with its band.
// `groups`: the lines of each reading.

import { colour, draw, forget, isSmall, legend, valueAxis } from "../panels/charts.js";
import { make } from "../base/dom.js";
import { bps, horizon, interval, isTested, overall, reading, tellsSide } from "./words.js";

const ROW_PX = 24;
const MARGIN_PX = 80;
const MOST_WHOLE = 3;
const VERDICTS = { informs: "series-1", misleads: "series-5", "no information": "series-6" };
// The chart library reads tags in texts.
const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const rowName = (line) => plain(`${reading(line)}, ${horizon(line.horizon_ms)}`);

// The lines that are drawn: those of readings of which something was tested, and what is too few only
// where it leaves room for the rest.
export function drawn(groups) {
  const some = groups.filter((group) => group.some(isTested)).map((group) => group.filter(tellsSide));
  return some.length > MOST_WHOLE ? some.map((group) => group.filter(isTested)) : some;
}

export function forest(element, groups) {
  const rows = drawn(groups);
  const lines = rows.flat();
  const few = lines.filter((line) => !isTested(line));
  const traces = Object.entries(VERDICTS).map(([verdict, tint]) => effects(verdict, colour(tint), lines.filter((line) => line.verdict === verdict))).filter((trace) => trace.y.length);
  if (few.length) {
    traces.push({
      type: "scatter", mode: "text", name: "too few", x: few.map(() => 0), y: few.map(rowName), text: few.map(() => "too few"),
      textposition: "middle right", textfont: { color: colour("soft"), size: 11 }, showlegend: false, hoverinfo: "skip",
    });
  }
  const labels = rows.flatMap((group) => group.map((line, index) => (index ? horizon(line.horizon_ms) : rowName(line))));
  element.style.height = `${lines.length * ROW_PX + MARGIN_PX}px`;
  return draw(element, traces, {
    xaxis: valueAxis({ side: "bottom", zeroline: true, zerolinecolor: colour("soft"), ticksuffix: " bps", nticks: isSmall() ? 4 : 9, fixedrange: true }),
    yaxis: valueAxis({ side: "left", type: "category", categoryorder: "array", categoryarray: lines.map(rowName).reverse(), range: [-0.7, lines.length - 0.3], fixedrange: true, nticks: lines.length, tickvals: lines.map(rowName), ticktext: labels }),
    ...legend(),
  }, lines.map(rowName).join());
}

// Hollow: it may be chance.
const symbolOf = (verdict) => (verdict === "no information" ? "circle-open" : "circle");

function effects(verdict, tint, lines) {
  return {
    type: "scatter", mode: "markers", name: verdict, x: lines.map((line) => line.effect_bps), y: lines.map(rowName),
    text: lines.map((line) => `${rowName(line)}<br>${bps(line.effect_bps)} bps (95 %: ${interval(line)})<br>${line.readings} readings in ${line.blocks} stretches of time<br>${verdict}`),
    marker: { color: tint, size: 9, symbol: symbolOf(verdict), line: { color: tint, width: 2 } },
    error_x: { type: "data", symmetric: false, array: lines.map((line) => line.high_bps - line.effect_bps), arrayminus: lines.map((line) => line.effect_bps - line.low_bps), color: tint, thickness: 2, width: 4 },
    hovertemplate: "%{text}<extra></extra>",
  };
}

// One small chart a reading; those of readings that are gone are removed.
export class Paths {
  constructor(element) {
    this.element = element;
    this.charts = new Map();
  }

  show(groups) {
    const shown = groups.map((group) => group.filter(isTested)).filter((group) => group.length);
    const names = shown.map((group) => reading(group[0]));
    for (const [name, figure] of this.charts) {
      if (names.includes(name)) continue;
      forget(figure.querySelector(".chart"));
      figure.remove();
      this.charts.delete(name);
    }
    return Promise.all(shown.map((group) => this.one(reading(group[0]), group)));
  }

  one(name, lines) {
    if (!this.charts.has(name)) {
      const figure = make("figure");
      const chart = make("div", "", "chart path");
      chart.setAttribute("role", "img");
      chart.setAttribute("aria-label", `Mean path after ${name}`);
      figure.append(make("figcaption", name), chart);
      this.charts.set(name, figure);
    }
    const figure = this.charts.get(name);
    this.element.append(figure);
    return path(figure.querySelector(".chart"), lines);
  }
}

function path(element, lines) {
  const at = ["told", ...lines.map((line) => horizon(line.horizon_ms))];
  const from = (name) => [0, ...lines.map((line) => line[name])];
  const edge = { type: "scatter", mode: "lines", x: at, line: { width: 0 }, hoverinfo: "skip" };
  const tints = ["soft", ...lines.map((line) => VERDICTS[line.verdict])].map(colour);
  const symbols = ["circle", ...lines.map((line) => symbolOf(line.verdict))];
  const said = ["", ...lines.map((line) => `${bps(line.effect_bps)} bps (95 %: ${interval(line)})<br>${line.verdict}`)];
  return draw(element, [
    { ...edge, name: "low", y: from("low_bps") },
    { ...edge, name: "95 %", y: from("high_bps"), fill: "tonexty", fillcolor: colour("band") },
    { type: "scatter", mode: "lines+markers", name: "mean", x: at, y: from("effect_bps"), text: said, line: { color: colour(VERDICTS[overall(lines).verdict]), width: 2 }, marker: { color: tints, symbol: symbols, size: 8, line: { color: tints, width: 2 } }, hovertemplate: "%{x}: %{text}<extra></extra>" },
  ], {
    xaxis: valueAxis({ side: "bottom", type: "category", showgrid: false, fixedrange: true }),
    yaxis: valueAxis({ side: "left", zeroline: true, zerolinecolor: colour("soft"), ticksuffix: " bps", nticks: 5, fixedrange: true }),
  }, at.join());
}
