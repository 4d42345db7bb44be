// The chart library, loaded when the first chart needs it, and what all charts share.

let library = null;
const drawn = new Map();

function load() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.documentElement.dataset.plotly;
    script.onload = () => resolve(globalThis.Plotly);
    script.onerror = () => reject(new Error("the chart library is not installed"));
    document.head.append(script);
  });
  return library;
}

const style = getComputedStyle(document.documentElement);
export const colour = (name) => style.getPropertyValue(`--${name}`).trim();

const coarse = matchMedia("(pointer: coarse), (max-width: 44rem)");
export const isSmall = () => coarse.matches;

function axis(more) {
  return {
    gridcolor: colour("grid"), zerolinecolor: colour("line"), linecolor: colour("line"),
    tickfont: { size: 11, color: colour("soft") }, automargin: true, fixedrange: isSmall(), ...more,
  };
}

export function timeAxis(from, to, more = {}) {
  return axis({ type: "date", range: [from, to], tickformat: to - from > 7200000 ? "%H:%M" : "%H:%M:%S", nticks: isSmall() ? 4 : 8, showgrid: false, ...more });
}

// The library reads a number on a date axis as the viewer's local time; text without a zone it takes
// as it is. So times become text in UTC, the clock of every page.
export const utc = (ms) => (typeof ms === "number" ? new Date(ms).toISOString().slice(0, 23).replace("T", " ") : ms);

function inUtc(traces, layout) {
  if (layout.xaxis?.type !== "date") return [traces, layout];
  const xaxis = { ...layout.xaxis, range: layout.xaxis.range?.map(utc) };
  const marks = (list, names) => list?.map((mark) => (mark.xref === "paper" ? mark : { ...mark, ...Object.fromEntries(names.filter((name) => name in mark).map((name) => [name, utc(mark[name])])) }));
  return [
    traces.map((trace) => ({ ...trace, x: Array.from(trace.x, utc) })),
    { ...layout, xaxis, shapes: marks(layout.shapes, ["x0", "x1"]), annotations: marks(layout.annotations, ["x"]) },
  ];
}

export const valueAxis = (more = {}) => axis({ side: "right", nticks: 6, ...more });

// Draws or updates; what a person zoomed to stays until `key` changes.
export async function draw(element, given, wanted, key) {
  const plotly = await load();
  const [traces, layout] = inUtc(given, wanted);
  const full = {
    margin: { l: 8, r: 8, t: 8, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") }, showlegend: false,
    hovermode: "closest", hoverlabel: { bgcolor: colour("panel"), bordercolor: colour("line"), font: { color: colour("ink"), size: 12 } },
    dragmode: isSmall() ? false : "zoom", uirevision: key, ...layout,
  };
  const config = { responsive: true, displayModeBar: false, displaylogo: false, showTips: false };
  drawn.set(element, () => draw(element, given, wanted, key));
  await plotly.react(element, traces, full, config);
  element.dataset.drawn = Number(element.dataset.drawn ?? 0) + 1;
}

export function forget(element) {
  drawn.delete(element);
  if (globalThis.Plotly && element.data) globalThis.Plotly.purge(element);
}

export function legend(more = {}) {
  return { showlegend: true, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11, color: colour("soft") }, bgcolor: "rgba(0,0,0,0)", ...more } };
}

// Colours are read anew by whoever listens: most charts redraw within a second anyway.
export const themeChanged = new EventTarget();
const announce = () => themeChanged.dispatchEvent(new Event("change"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", announce);
document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
  announce();
});
