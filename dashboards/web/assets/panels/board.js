// A board of panels as a grid of cards, two in a row.

import { make } from "../base/dom.js";
import { definitions } from "./definitions.js";
import { PanelCard } from "./panel.js";

export class Board {
  // `uid` of the board, `except` keys that the page shows in its own way.
  static async make(element, uid, { except = [], ...options } = {}) {
    const { boards, panels } = await definitions();
    const board = boards.find((one) => one.uid === uid);
    const shown = board.panels.filter((key) => !except.includes(key)).map((key) => panels[key]);
    return new Board(element, shown, options);
  }

  constructor(element, panels, { heard = {}, ...options }) {
    this.cards = panels.map((panel) => new PanelCard(panel, { ...options, heard: heard[panel.key] }));
    fillRows(this.cards.map((card) => card.element));
    const grid = make("div", "", "grid");
    grid.append(...this.cards.map((card) => card.element));
    element.append(grid);
  }

  ask(params) {
    for (const card of this.cards) card.ask(params);
  }

  remove() {
    for (const card of this.cards) card.remove();
  }
}

// Whoever stands alone in a row fills it.
function fillRows(elements) {
  let alone = null;
  for (const element of [...elements, null]) {
    if (element && !element.classList.contains("wide")) alone = alone ? null : element;
    else {
      alone?.classList.add("wide");
      alone = null;
    }
  }
}
