// The symbols that are known, as tabs of a page that shows one of them.

import { make } from "./dom.js";
import { follow, notice } from "./live.js";

// Calls `choose(state)` when a person chooses, and once with the first or the wanted one.
export function symbolTabs(wanted, choose) {
  const jump = document.getElementById("jump");
  let chosen = null;
  const pick = (state) => {
    chosen = state;
    for (const tab of jump.children) tab.toggleAttribute("aria-current", tab.dataset.symbol === state.symbol);
    choose(state);
  };
  follow("large-orders", (status) => {
    if (status.error) {
      if (!chosen) notice(status.error);
      return;
    }
    const names = status.symbols.map((state) => `${state.venue}:${state.symbol}`).join();
    if (jump.dataset.symbols !== names) {
      jump.dataset.symbols = names;
      jump.replaceChildren(...status.symbols.map((state) => {
        const tab = make("a", state.symbol);
        tab.href = `?symbol=${encodeURIComponent(state.symbol)}`;
        tab.dataset.symbol = state.symbol;
        tab.toggleAttribute("aria-current", chosen?.symbol === state.symbol);
        tab.addEventListener("click", (event) => {
          event.preventDefault();
          pick(state);
        });
        return tab;
      }));
    }
    const first = status.symbols.find((state) => state.symbol === wanted) ?? status.symbols[0];
    if (!first) notice("No symbol has sent anything yet.");
    else if (!chosen) pick(first);
  });
}
