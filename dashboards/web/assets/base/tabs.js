// The symbols that are known, as tabs of a page that shows one of them.

import { make } from "./dom.js";
import { follow, notice } from "./live.js";

// More than these are a field to type into, with the first ones beside it.
const MOST_TABS = 12;
const BESIDE = 6;

// Fills a list of tabs; `choose(name)` is called with what a person chose, `address(name)` is its link.
export function fillTabs(nav, names, current, choose, address) {
  if (nav.dataset.symbols !== names.join()) {
    nav.dataset.symbols = names.join();
    const few = names.length <= MOST_TABS ? names : [...new Set([...names.slice(0, BESIDE), current])].filter(Boolean);
    nav.replaceChildren(...(names.length > MOST_TABS ? [field(names, choose)] : []), ...few.map((name) => {
      const tab = make("a", name);
      tab.href = address(name);
      tab.dataset.symbol = name;
      tab.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        choose(name);
      });
      return tab;
    }));
  }
  for (const tab of nav.querySelectorAll("a")) {
    if (tab.dataset.symbol === current) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

function field(names, choose) {
  const label = make("label", "Symbol ");
  const input = make("input");
  input.type = "search";
  input.placeholder = `one of ${names.length}`;
  input.setAttribute("list", "known-symbols");
  const list = make("datalist");
  list.id = "known-symbols";
  list.append(...names.map((name) => {
    const option = make("option");
    option.value = name;
    return option;
  }));
  input.addEventListener("change", (event) => {
    // The filters of the page are another form's business.
    event.stopPropagation();
    const typed = input.value.trim().toUpperCase();
    const found = names.find((name) => name.toUpperCase() === typed) ?? names.find((name) => name.toUpperCase().startsWith(typed));
    if (typed && found) choose(found);
  });
  label.append(input, list);
  return label;
}

// Calls `choose(state)` when a person chooses, and once with the first or the wanted one.
export function symbolTabs(wanted, choose) {
  const jump = document.getElementById("jump");
  let chosen = null;
  const pick = (state) => {
    chosen = state;
    choose(state);
  };
  follow("large-orders", (status) => {
    if (status.error) {
      if (!chosen) notice(status.error);
      return;
    }
    const of = (name) => status.symbols.find((state) => state.symbol === name);
    const names = [...new Set(status.symbols.map((state) => state.symbol))];
    const fill = () => fillTabs(jump, names, chosen?.symbol, (name) => {
      pick(of(name));
      fill();
    }, (name) => `?symbol=${encodeURIComponent(name)}`);
    const first = of(wanted) ?? status.symbols[0];
    if (!first) notice("No symbol has sent anything yet.");
    else if (!chosen) pick(first);
    fill();
  });
}
