// The HTTP API for people, drawn from its own description.

import { make } from "../base/dom.js";
import { get } from "../base/live.js";
import "../panels/charts.js";

function parameter(entry) {
  const row = make("tr");
  const name = make("td");
  name.append(make("code", entry.name), entry.required ? make("small", " required") : "");
  const { schema } = entry;
  const options = schema.enum ?? schema.anyOf?.find((option) => option.enum)?.enum;
  const kind = options ? options.join(", ") : schema.type ?? schema.anyOf?.map((option) => option.type).filter((type) => type !== "null").join(", ") ?? "";
  row.append(name, make("td", kind), make("td", schema.default === undefined || schema.default === null ? "" : String(schema.default)), make("td", entry.description ?? ""));
  return row;
}

function route(path, method, operation, schemas) {
  const section = make("section", "", "card prose route");
  section.dataset.path = path;
  const title = make("h3");
  title.append(make("span", method.toUpperCase(), `method ${method}`), " ", make("code", path));
  section.append(title, make("p", operation.summary));
  if (operation.parameters.length) {
    const table = make("table");
    table.innerHTML = "<thead><tr><th scope=col>Parameter</th><th scope=col>Values</th><th scope=col>Default</th><th scope=col>Meaning</th></tr></thead>";
    table.append(make("tbody"));
    table.tBodies[0].append(...operation.parameters.map(parameter));
    const scroll = make("div", "", "scroll");
    scroll.append(table);
    section.append(scroll);
  }
  const content = operation.responses["200"]?.content ?? {};
  const reference = content["application/json"]?.schema?.$ref?.split("/").at(-1);
  if (reference) {
    const details = make("details");
    const schema = make("pre", JSON.stringify(schemas[reference], null, 2));
    // It scrolls: by keys as well.
    schema.tabIndex = 0;
    details.append(make("summary", `Answer: ${reference}`), schema);
    section.append(details);
  } else if (Object.keys(content).length) section.append(make("p", `Answer: ${Object.keys(content)[0]}`, "soft"));
  return section;
}

const description = await get("/api/v1/openapi.json");
document.getElementById("routes").append(...Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => route(path, method, operation, description.components.schemas))));
