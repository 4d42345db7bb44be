// Lines, bars and timelines of a panel as the chart library wants them.

import { clock } from "../base/format.js";
import { colour } from "./charts.js";
import { columnsOf } from "./definitions.js";
import { axisOf, isNumber, words } from "./units.js";

const PALETTE = 6;
const MOST_BARS = 220;
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

function axes(panel, all) {
  const unitOf = (one) => (one.column.unit === "none" ? panel.unit : one.column.unit);
  const left = all.find((one) => !one.column.right_axis);
  const right = all.find((one) => one.column.right_axis);
  return {
    yaxis: left ? axisOf(unitOf(left), left.column.decimals) : {},
    ...(right ? { yaxis2: { ...axisOf(unitOf(right), right.column.decimals), overlaying: "y", side: "left", showgrid: false } } : {}),
  };
}

const told = ({ column, y }) => {
  const say = words(column);
  return y.map((value) => say(value));
};

function lines(data) {
  const all = series(data);
  const traces = all.map((one) => ({
    type: "scatter", mode: one.x.length < 3 ? "markers" : "lines", name: one.name, x: one.x, y: one.y, text: told(one), connectgaps: true,
    line: { color: one.tint, width: 1.8, shape: data.panel.holds ? "hv" : "linear" }, marker: { color: one.tint }, ...(one.column.right_axis ? { yaxis: "y2" } : {}),
    hovertemplate: `${one.name} %{text}<br>%{x|%H:%M:%S}<extra></extra>`,
  }));
  return { traces, layout: axes(data.panel, all), legend: traces.length > 1 };
}

function bars(data) {
  const all = series(data);
  // Bars of one second would be hairlines in an hour.
  const width = Math.max(data.step, (data.to - data.from) / MOST_BARS);
  const traces = all.map((one) => ({
    type: "bar", name: one.name, x: one.x, y: one.y, text: told(one), textposition: "none", width,
    marker: { color: one.tint, line: { width: 0 } }, ...(one.column.right_axis ? { yaxis: "y2" } : {}),
    hovertemplate: `${one.name} %{text}<br>%{x|%H:%M:%S}<extra></extra>`,
  }));
  return { traces, layout: { ...axes(data.panel, all), barmode: data.panel.stacked ? "relative" : "group" }, legend: traces.length > 1 };
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
  const yaxis = { type: "category", side: "left", categoryorder: "array", categoryarray: names, range: [-0.6, names.length - 0.4], showgrid: false };
  return { traces, layout: { yaxis }, legend: true };
}
