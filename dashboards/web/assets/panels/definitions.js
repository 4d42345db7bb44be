// What every panel is: title, question, columns, units, colours, thresholds; read once a page.

import { get, notice } from "../base/live.js";

const RETRY_MS = 1000;
let known = null;

async function read() {
  for (;;) {
    try {
      return await get("/api/v1/panels");
    } catch (error) {
      notice(error.message);
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
  }
}

// Waits for a server that is away.
export function definitions() {
  known ??= read();
  return known;
}

export const columnsOf = (panel) => panel.columns.filter((column) => !column.hidden);
