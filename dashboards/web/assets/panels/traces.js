// Lines, bars and timelines of a panel as the chart library wants them.

import { clock } from "../base/format.js";
import { colour } from "./charts.js";
import { columnsOf } from "./definitions.js";
import { axisOf, isNumber, words } from "./units.js";

const PALETTE = 6;
const MOST_BARS = 220;
const MOST_NAMES = 12;
const MOST_COUNTED = 3;
const tint = (index) => colour(`series-${(index % PALETTE) + 1}`);

// Returns { traces, layout } for the data of a panel.
export function drawing(data) {
  return { lines, bars, states }[data.panel.kind](data);
}

function series(data) {
  const { panel, columns } = data;
  const numbers = columnsOf(panel).filter(isNumber);
  const labels = panel.columns.find((column) => column.type === "text" && !column.hidden);
  if (!labels) {
    return numbers.map((column, index) => ({ column, name: column.title, x: columns.time, y: columns[column.name], tint: column.colour || tint(index) }));
  }
  const found = [];
  for (const [name, rows] of data.groups(labels.name)) {
    for (const column of numbers) {
      const start = Object.keys(panel.colours).find((text) => name.startsWith(text));
      found.push({ column, name, x: rows.map((row) => columns.time[row]), y: rows.map((row) => columns[column.name][row]), tint: panel.colours[start] ?? tint(found.length) });
    }
  }
  return found;
}

function axes({ panel, quote }, all) {
  const unitOf = (one) => (one.column.unit === "none" ? panel.unit : one.column.unit);
  const left = all.find((one) => !one.column.right_axis);
  const right = all.find((one) => one.column.right_axis);
  const axis = (one) => axisOf(unitOf(one), all.filter((other) => !other.column.right_axis === !one.column.right_axis).flatMap(({ y }) => y), one.column.decimals, quote);
  return {
    // Its own ticks: those that the library lays beside the ones of the other axis are crooked figures.
    yaxis: left ? axis(left) : {},
    ...(right ? { yaxis2: { ...axis(right), overlaying: "y", side: "left", showgrid: false, tickmode: "auto" } } : {}),
  };
}

const told = ({ column, y }, { quote }) => {
  const say = words(column, quote);
  return y.map((value) => say(value));
};

// The longest time without a value that a line of the panel goes on over, ms; 0: any.
export const longestHole = ({ panel, step }) => panel.gap_s && Math.max(panel.gap_s * 1000, 3 * step);

// Where nothing came for longer than the panel allows, a line is broken.
export function broken({ x, y, ...rest }, longest) {
  if (!longest) return { x, y, ...rest };
  const cut = { x: [], y: [] };
  x.forEach((time, index) => {
    if (index && time - x[index - 1] > longest) {
      cut.x.push(time - 1);
      cut.y.push(null);
    }
    cut.x.push(time);
    cut.y.push(y[index]);
  });
  return { ...cut, ...rest };
}

function lines(data) {
  const longest = longestHole(data);
  const all = series(data).map((one) => broken(one, longest));
  const traces = all.map((one) => ({
    type: "scatter", mode: one.x.length < (data.panel.holds ? 2 : 3) ? "markers" : "lines", name: one.name, x: one.x, y: one.y, text: told(one, data),
    line: { color: one.tint, width: 1.8, shape: data.panel.holds ? "hv" : "linear" }, marker: { color: one.tint }, ...(one.column.right_axis ? { yaxis: "y2" } : {}),
    hovertemplate: `${one.name} %{text}<br>%{x|%H:%M:%S}<extra></extra>`,
  }));
  return { traces, layout: axes(data, all), legend: traces.length > 1 };
}

function bars(data) {
  const all = series(data);
  // Bars of one second would be hairlines in an hour.
  const width = Math.max(data.step, (data.to - data.from) / MOST_BARS);
  const traces = all.map((one) => ({
    type: "bar", name: one.name, x: one.x, y: one.y, text: told(one, data), textposition: "none", width,
    marker: { color: one.tint, line: { width: 0 } }, ...(one.column.right_axis ? { yaxis: "y2" } : {}),
    hovertemplate: `${one.name} %{text}<br>%{x|%H:%M:%S}<extra></extra>`,
  }));
  const layout = { ...axes(data, all), barmode: data.panel.stacked ? "relative" : "group" };
  // Where nothing happened the axis still begins at 0: less than nothing is no count.
  if (areFewCounts(all)) layout.yaxis = { ...layout.yaxis, dtick: 1, rangemode: "tozero" };
  return { traces, layout, legend: traces.length > 1 };
}

// Of few things there are no halves on the axis.
function areFewCounts(all) {
  const figures = all.flatMap((one) => one.y).filter((value) => value !== null);
  return figures.every((value) => Number.isInteger(value) && Math.abs(value) <= MOST_COUNTED);
}

function states(data) {
  const { panel, columns } = data;
  const [rowName, stateName] = panel.columns.filter((column) => column.type === "text").map((column) => column.name);
  const lanes = data.groups(rowName);
  const byState = new Map();
  for (const [lane, rows] of lanes) {
    rows.forEach((row, index) => {
      const state = columns[stateName][row];
      if (!byState.has(state)) byState.set(state, { x: [], y: [], text: [] });
      const { x, y, text } = byState.get(state);
      const begin = columns.time[row], end = index + 1 < rows.length ? columns.time[rows[index + 1]] : data.to;
      const said = `${lane} ${state}<br>from ${clock(begin)}`;
      x.push(begin, end, null);
      y.push(lane, lane, null);
      text.push(said, said, "");
    });
  }
  const width = Math.max(5, Math.min(22, 110 / Math.max(1, lanes.size)));
  const traces = [...byState].map(([state, { x, y, text }]) => ({
    type: "scatter", mode: "lines", name: state, x, y, text, line: { color: panel.colours[state] ?? colour("unknown"), width },
    hovertemplate: "%{text}<extra></extra>",
  }));
  const names = [...lanes.keys()].sort().reverse();
  // Each lane has its name, as long as there is room for all of them.
  const yaxis = { type: "category", ...(names.length <= MOST_NAMES ? { dtick: 1 } : {}), side: "left", categoryorder: "array", categoryarray: names, range: [-0.6, names.length - 0.4], showgrid: false };
  return { traces, layout: { yaxis }, legend: true };
}
