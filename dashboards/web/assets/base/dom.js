// Small changes to the page; nothing is touched that stays the same.

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setData(element, name, value) {
  if (element.dataset[name] !== String(value)) element.dataset[name] = value;
}

export function make(tag, text = "", className = "") {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (className) element.className = className;
  return element;
}

// Puts `<dt>name</dt><dd>value</dd>` pairs into a list.
export function facts(list, pairs) {
  list.replaceChildren(...pairs.map(([name, value]) => {
    const pair = make("div");
    pair.append(make("dt", name), make("dd", value));
    return pair;
  }));
}

// A table body whose rows are kept by key, so that focus and reading position survive updates.
export class Rows {
  constructor(body, create, update) {
    this.body = body;
    this.create = create;
    this.update = update;
    this.rows = new Map();
    this.seen = false;
  }

  set(items, keyOf) {
    const kept = new Set();
    let next = this.body.firstElementChild;
    for (const item of items) {
      const key = keyOf(item);
      kept.add(key);
      let row = this.rows.get(key);
      if (!row) {
        row = this.create(item);
        // Whatever stands at the first sight is not news.
        row.classList.toggle("fresh", this.seen);
        this.rows.set(key, row);
      }
      this.update(row, item);
      if (row === next) next = next.nextElementSibling;
      else this.body.insertBefore(row, next);
    }
    for (const [key, row] of this.rows) {
      if (kept.has(key)) continue;
      row.remove();
      this.rows.delete(key);
    }
    this.seen = true;
  }
}

// Cells of a row from texts; "number" cells are marked by the header.
export function fill(row, texts, labels) {
  texts.forEach((text, index) => {
    let cell = row.cells[index];
    if (!cell) {
      cell = row.insertCell();
      cell.dataset.label = labels[index].textContent;
      cell.className = labels[index].className;
    }
    setText(cell, text);
  });
}

export function badge(element, name, toneOf) {
  setText(element, name);
  setData(element, "tone", toneOf(name));
}

// Chooses what an address asks for, where the field offers it: a value that is none would empty it.
export function pick(field, value) {
  if ([...field.options].some((option) => option.value === value)) field.value = value;
}
