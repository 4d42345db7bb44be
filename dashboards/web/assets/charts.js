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

export const valueAxis = (more = {}) => axis({ side: "right", nticks: 6, ...more });

// Draws or updates; what a person zoomed to stays until `key` changes.
export async function draw(element, traces, layout, key) {
  const plotly = await load();
  const full = {
    margin: { l: 8, r: 8, t: 8, b: 8 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink") }, showlegend: false,
    hovermode: "closest", hoverlabel: { bgcolor: colour("panel"), bordercolor: colour("line"), font: { color: colour("ink"), size: 12 } },
    dragmode: isSmall() ? false : "zoom", uirevision: key, ...layout,
  };
  const config = { responsive: true, displayModeBar: false, displaylogo: false, showTips: false };
  drawn.set(element, () => draw(element, traces, layout, key));
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
