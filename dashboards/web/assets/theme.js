// Before anything is painted: the chosen theme, else the system's, also when that changes.
const system = matchMedia("(prefers-color-scheme: dark)");
function applyTheme() {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? (system.matches ? "dark" : "light");
}
applyTheme();
system.addEventListener("change", applyTheme);
