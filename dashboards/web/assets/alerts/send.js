// Changes over HTTP. Where they need a token the page asks for it once and keeps it while the tab is open.

import { make, setText } from "../base/dom.js";

const KEPT = "token";

const dialog = make("dialog");
dialog.id = "token";
dialog.setAttribute("aria-labelledby", "token-title");
const title = make("h2", "Changes need the token");
title.id = "token-title";
const words = make("p", "It is the value of web.token that this was started with.", "soft");
const field = make("input");
Object.assign(field, { type: "password", name: "token", required: true, autocomplete: "off" });
const label = make("label", "Token ");
label.append(field);
const refused = make("p", "", "said");
refused.setAttribute("role", "status");
const give = make("button", "Send");
give.value = "given";
const cancel = make("button", "Cancel");
cancel.type = "button";
const form = make("form");
form.method = "dialog";
form.append(title, words, label, refused, give, cancel);
dialog.append(form);
document.body.append(dialog);
cancel.addEventListener("click", () => dialog.close());

// The token that a person gives; null: none.
function ask(said) {
  setText(refused, said);
  field.value = "";
  dialog.returnValue = "";
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === give.value ? field.value : null), { once: true });
    dialog.showModal();
    field.focus();
  });
}

function tried(path, method, document) {
  const headers = { "Content-Type": "application/json" };
  const token = sessionStorage.getItem(KEPT);
  if (token) headers.Authorization = `Bearer ${token}`;
  return fetch(path, { method, headers, body: JSON.stringify(document) });
}

export async function send(path, method, document) {
  let answer = await tried(path, method, document);
  while (answer.status === 401) {
    const was = sessionStorage.getItem(KEPT);
    const token = await ask(was ? "That token is refused." : "");
    if (token === null) break;
    sessionStorage.setItem(KEPT, token);
    answer = await tried(path, method, document);
  }
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.error ?? answer.statusText);
  return told;
}
