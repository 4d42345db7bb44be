// What became of the readings: verdict, effect with interval, mean path and figures of a choice.

import { make, setData, setText } from "../base/dom.js";
import { get, notice } from "../base/live.js";
import { themeChanged } from "../panels/charts.js";
import { Paths, drawn, forest } from "../proof/charts.js";
import { ForecastTable } from "../proof/forecasts.js";
import { SuggestionTable, suggested } from "../proof/suggestions.js";
import { FigureTable, GlanceTable } from "../proof/tables.js";
import { basis, counts, horizon, isTested, kindWords, macroWords, overall, reading, sentences } from "../proof/words.js";

const REFRESH_MS = 60000;
const JUDGING_MS = 120000;
const HOUR_MS = 3600000;
const POOLED = "ALL";
// Readings that are shown before more are asked for. Fewer than these beyond it are no reason to ask.
const MOST_READINGS = 8;
const FEW_MORE = 2;
const FEW_READINGS = 3;

const form = document.getElementById("choice");
const fields = form.elements;
const judged = document.getElementById("judged");
const query = new URLSearchParams(location.search);
const paths = new Paths(document.querySelector("#paths .charts"));
const figures = new FigureTable(document.querySelector("#lines table"));
const glance = new GlanceTable(document.querySelector("#glance table"), choose);
const suggestions = new SuggestionTable(document.querySelector("#suggestions table"));
const forecasts = new ForecastTable(document.getElementById("forecasts"));
const every = document.getElementById("every");
const details = document.querySelector("#lines details");
let card = null;
let asked = 0;
let showsEvery = false;
let sqlAddress = "";

const marketOf = (line) => `${line.venue}/${line.symbol}`;
const unique = (values) => [...new Set(values)];

// What was chosen stays on offer, also where nothing of it was told any more.
function offer(select, options, wanted) {
  const all = options.some(([value]) => value === wanted) || !wanted ? options : [...options, [wanted, select.name === "label" ? wanted : `${wanted}: none`]];
  const key = JSON.stringify(all);
  if (select.dataset.options !== key) {
    select.dataset.options = key;
    select.replaceChildren(...all.map(([value, text]) => {
      const option = make("option", text);
      option.value = value;
      return option;
    }));
  }
  select.value = wanted;
}

function offerAll() {
  const { lines } = card;
  const markets = new Map(lines.map((line) => [marketOf(line), line]));
  const names = [...markets.values()];
  const isShared = (symbol) => names.filter((line) => line.symbol === symbol).length > 1;
  const named = (line) => (line.symbol === POOLED ? "all together" : isShared(line.symbol) ? `${line.symbol} (${line.venue})` : line.symbol);
  const wanted = query.get("symbol");
  const first = names.find((line) => line.symbol === wanted && [null, line.venue].includes(query.get("venue"))) ?? names.find((line) => line.symbol === POOLED) ?? names[0];
  const market = fields.market.value || (wanted && first?.symbol !== wanted ? `${query.get("venue") ?? ""}/${wanted}` : first ? marketOf(first) : "");
  offer(fields.market, names.map((line) => [marketOf(line), named(line)]), market);
  const own = lines.filter((line) => marketOf(line) === market);
  const pick = (name) => (fields[name].dataset.options ? fields[name].value : query.get(name === "horizon" ? "horizon_ms" : name) ?? "");
  offer(fields.label, [["", "all"], ...unique(own.map((line) => line.label)).sort().map((label) => [label, label])], pick("label"));
  offer(fields.kind, [["", "all"], ...unique(own.map((line) => line.kind)).map((kind) => [kind, kindWords(kind)])], pick("kind"));
  offer(fields.horizon, [["", "all"], ...unique(own.map((line) => line.horizon_ms)).sort((a, b) => a - b).map((ms) => [String(ms), horizon(ms)])], pick("horizon"));
}

function chosenParams() {
  const [venue, symbol] = fields.market.value.split("/");
  const several = card.lines.some((line) => line.symbol === symbol && line.venue !== venue);
  return Object.entries({
    symbol, venue: several ? venue : "", kind: fields.kind.value, label: fields.label.value, horizon_ms: fields.horizon.value, hours: fields.hours.value,
  }).filter(([, value]) => value);
}

function chosenLines() {
  const [market, kind, label, ms] = ["market", "kind", "label", "horizon"].map((name) => fields[name].value);
  return card.lines.filter((line) => marketOf(line) === market && (!kind || line.kind === kind) && (!label || line.label === label) && (!ms || line.horizon_ms === Number(ms)));
}

// A reading that is no class of a wall has none.
function chosenSuggestions() {
  const label = fields.label.value;
  return card.suggestions.filter((line) => marketOf(line) === fields.market.value && (!label || line.label === label));
}

const ORDER = ["informs", "misleads", "no information", "too few", "takes no side"];

function grouped(lines) {
  const groups = new Map();
  for (const line of lines) groups.set(reading(line), [...(groups.get(reading(line)) ?? []), line]);
  return [...groups.values()].sort((a, b) => ORDER.indexOf(overall(a).verdict) - ORDER.indexOf(overall(b).verdict));
}

// The first readings, unless all are wanted or there are hardly more.
function first(groups) {
  const isLong = groups.length > MOST_READINGS + FEW_MORE;
  every.hidden = !isLong;
  every.setAttribute("aria-expanded", String(showsEvery));
  setText(every, showsEvery ? `Show the first ${MOST_READINGS}` : `Show all ${groups.length} readings`);
  return isLong && !showsEvery ? groups.slice(0, MOST_READINGS) : groups;
}

function render() {
  if (!card) return;
  const lines = chosenLines();
  const groups = grouped(lines);
  const shownGroups = first(groups);
  judged.hidden = false;
  answer(groups);
  glance.show(shownGroups);
  figures.show(groups.flat());
  setText(details.querySelector("summary"), `${lines.length} lines of ${groups.length} readings`);
  const tested = lines.filter(isTested).length;
  setData(judged, "tested", tested);
  setData(judged, "lines", lines.length);
  for (const id of ["effects", "paths"]) {
    const section = document.getElementById(id);
    section.querySelector(".none").hidden = tested > 0;
    section.querySelector(".chart.forest, .charts").hidden = tested === 0;
    setText(section.querySelector(".none"), lines.length ? `Too few: none of these lines has the ${card.fewest_blocks} independent stretches of time that an interval needs.` : "Nothing was graded.");
  }
  const beside = chosenSuggestions();
  suggestions.show(beside);
  setText(document.getElementById("suggested"), suggested(beside, card.suggestions));
  const [, symbol] = fields.market.value.split("/");
  forecasts.show(card.forecasts.filter((line) => symbol === POOLED || line.symbol === symbol));
  setText(document.querySelector("#macro .words"), card.macro ? macroWords(card.macro) : "");
  const undrawn = shownGroups.flat().length - drawn(shownGroups).flat().length;
  const left = groups.length - shownGroups.length;
  const notDrawn = [left && `${left} more readings`, undrawn && `${undrawn} lines that are too few or take no side`].filter(Boolean).join(" and ");
  setText(document.getElementById("undrawn"), tested && notDrawn ? `Not drawn: ${notDrawn}; all are in the table of figures.` : "");
  elsewhere();
  const shown = [paths.show(shownGroups), ...(tested ? [forest(document.querySelector(".chart.forest"), shownGroups)] : [])];
  Promise.all(shown).catch((error) => notice(error.message));
}

function answer(groups) {
  const [, symbol] = fields.market.value.split("/");
  const name = symbol === POOLED ? "all symbols together" : symbol;
  const what = fields.label.value || "the readings";
  const section = document.getElementById("answer");
  setText(section.querySelector("h2"), `${fields.label.value ? "Does" : "Do"} ${what} on ${name} mean anything?`);
  setText(document.getElementById("basis"), basis(card));
  const list = section.querySelector(".answers");
  if (!groups.length) list.replaceChildren(make("p", "Nothing of this was told and graded in this time, so nothing can be said."));
  else if (groups.length > 3) list.replaceChildren(make("p", `Of ${groups.length} kinds of reading ${counts(groups)}. Choose a reading to read how sure that is.`));
  else list.replaceChildren(...groups.map(one));
}

function one(lines) {
  const { verdict, short } = overall(lines);
  const block = make("div", "", "one");
  const head = make("p");
  const badge = make("strong", short, "tag");
  badge.dataset.verdict = verdict;
  head.append(badge, ` ${reading(lines[0])}`);
  block.append(head, ...sentences(lines, card).map((sentence) => make("p", sentence)));
  return block;
}

const quoted = (value) => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

function elsewhere() {
  const params = Object.fromEntries(chosenParams());
  const { symbol, kind, label, hours, venue } = params;
  const flags = [["--symbol", symbol], ["--kind", kind], ["--label", label], ["--hours", hours]].filter(([, value]) => value);
  setText(document.querySelector("#elsewhere .command"), `wallwatch scorecard --page ${location.origin} ${flags.map(([flag, value]) => `${flag} ${value}`).join(" ")}`);
  const conditions = [symbol !== POOLED && `symbol = ${quoted(symbol)}`, venue && venue !== POOLED && `venue = ${quoted(venue)}`, kind && `reading_kind = ${quoted(kind)}`, label && `label = ${quoted(label)}`, params.horizon_ms && `horizon_ms = ${params.horizon_ms}`].filter(Boolean);
  const sql = `SELECT *\nFROM outcome_figures(from_ms = ${card.until_ms - card.hours * HOUR_MS}, to_ms = ${card.until_ms}, fee_bps = ${card.fee_bps})\n${conditions.length ? `WHERE ${conditions.join(" AND ")}\n` : ""}ORDER BY venue, symbol, reading_kind, label, horizon_ms`;
  setText(document.querySelector("#elsewhere .sql"), sql);
  // A shell reads nothing of what stands between the two marks.
  setText(document.querySelector("#elsewhere .curl"), `curl '${sqlAddress}&default_format=PrettyCompact' --data-binary @- <<'SQL'\n${sql}\nSQL`);
  document.getElementById("shell").hidden = !sqlAddress;
  document.querySelector("#elsewhere .json").href = `/api/v1/proof?${new URLSearchParams(params)}`;
}

function choose(line) {
  fields.kind.value = line.kind;
  fields.label.value = line.label;
  changed();
  document.getElementById("answer").scrollIntoView();
}

function changed() {
  if (!card) return;
  renew();
  // Few figures are seen at once, many are asked for.
  details.open = grouped(chosenLines()).length <= FEW_READINGS;
}

function renew() {
  offerAll();
  history.replaceState(null, "", `?${new URLSearchParams(chosenParams())}`);
  render();
}

async function load() {
  const turn = ++asked;
  document.body.setAttribute("aria-busy", "true");
  try {
    const answered = await get(`/api/v1/proof?hours=${fields.hours.value}`, JUDGING_MS);
    if (turn !== asked) return;
    const isFirst = !card?.outcomes;
    card = answered;
    notice(card.outcomes ? "" : "No outcomes yet: a reading is graded at the end of its horizon.");
    judged.hidden = !card.outcomes;
    // A refresh leaves open what a person opened.
    if (card.outcomes && isFirst) changed();
    else if (card.outcomes) renew();
  } catch (error) {
    if (turn === asked) notice(error.message);
  } finally {
    if (turn === asked) document.body.removeAttribute("aria-busy");
  }
}

if (query.has("hours")) fields.hours.value = query.get("hours");
fields.hours.addEventListener("change", load);
form.addEventListener("change", changed);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", (event) => {
  event.preventDefault();
  for (const name of ["label", "kind", "horizon"]) fields[name].value = "";
  changed();
});
every.addEventListener("click", () => {
  showsEvery = !showsEvery;
  render();
});
themeChanged.addEventListener("change", render);
document.addEventListener("visibilitychange", () => document.hidden || load());
setInterval(() => document.hidden || load(), REFRESH_MS);
load();
const { address } = await get("/api/v1/sql/questions");
sqlAddress = address ?? "";
if (card?.outcomes) elsewhere();
