// Questions in SQL: the fifteen of the manual to click, or one's own.

import { make, setText } from "../base/dom.js";
import { get } from "../base/live.js";
import "../panels/charts.js";

const query = document.getElementById("query");
const said = document.getElementById("said");
const table = document.getElementById("answer");

function cell(value) {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function draw(answer) {
  const heads = make("tr");
  heads.append(...answer.columns.map(({ name }) => {
    const head = make("th", name);
    head.scope = "col";
    return head;
  }));
  table.tHead.replaceChildren(heads);
  table.tBodies[0].replaceChildren(...answer.rows.map((row) => {
    const line = make("tr");
    line.append(...row.map((value, index) => {
      const told = make("td", cell(value));
      told.dataset.label = answer.columns[index].name;
      return told;
    }));
    return line;
  }));
}

async function ask() {
  setText(said, "asking …");
  table.dataset.state = "asking";
  const reply = await fetch("/api/v1/sql", { method: "POST", body: JSON.stringify({ query: query.value }) });
  const answer = await reply.json();
  if (reply.ok) draw(answer);
  const shown = answer.truncated ? `, the first ${answer.rows?.length} are shown` : "";
  setText(said, reply.ok ? `${answer.count} rows${shown}` : answer.error);
  table.dataset.state = reply.ok ? "answered" : "refused";
}

document.getElementById("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  ask();
});

query.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  ask();
});

const { questions, address } = await get("/api/v1/sql/questions");
document.querySelector("#address code").textContent = address ?? "";
document.getElementById("address").hidden = !address;
document.getElementById("questions").append(...questions.map(({ title, sql }) => {
  const item = make("li");
  const button = make("button", title, "link");
  button.type = "button";
  button.addEventListener("click", () => {
    query.value = sql;
    ask();
  });
  item.append(button);
  return item;
}));
