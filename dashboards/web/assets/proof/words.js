// What a line of the scorecard says, in words. Nothing is computed here but which words fit.

import { duration, grouped, moment, plain, show, signed, zero } from "../base/format.js";

const two = plain(2);
const three = plain(3);

// Rounded before it gets its sign: no "−0.00".
export const bps = (value) => signed(two.format)(Number(value.toFixed(2)));
export const rate = (value) => `${zero.format(value * 100)} %`;
export const kindWords = (kind) => kind.replaceAll("_", " ");
export const reading = (line) => `${line.label} (${kindWords(line.kind)})`;
export const horizon = (ms) => (ms < 60000 ? `${grouped.format(ms / 1000)} s` : `${grouped.format(ms / 60000)} min`);
export const interval = (line) => `${bps(line.low_bps)} to ${bps(line.high_bps)}`;
export const isTested = (line) => line.q !== null;
export const tellsSide = (line) => line.verdict !== "takes no side";
const isSignificant = (line) => line.verdict === "informs" || line.verdict === "misleads";

const listed = (lines) => lines.map((line) => horizon(line.horizon_ms)).join(", ").replace(/, ([^,]*)$/, " and $1");
const precise = (lines) => lines.reduce((best, line) => (line.high_bps - line.low_bps < best.high_bps - best.low_bps ? line : best));

// The verdict over all horizons of one reading: { verdict, short }.
export function overall(lines) {
  const sided = lines.filter(tellsSide);
  const informs = sided.filter((line) => line.verdict === "informs");
  const misleads = sided.filter((line) => line.verdict === "misleads");
  if (!sided.length) return { verdict: "takes no side", short: "takes no side" };
  if (informs.length && misleads.length) return { verdict: "informs", short: `informs at ${listed(informs)}, misleads at ${listed(misleads)}` };
  if (informs.length) return { verdict: "informs", short: `informs at ${listed(informs)}` };
  if (misleads.length) return { verdict: "misleads", short: `misleads at ${listed(misleads)}` };
  if (sided.some(isTested)) return { verdict: "no information", short: "no information" };
  return { verdict: "too few", short: "too few to say" };
}

// One reading's answer and how sure it is, as sentences.
export function sentences(lines, card) {
  const sided = lines.filter(tellsSide);
  const tested = sided.filter(isTested);
  const significant = tested.filter(isSignificant);
  const quiet = tested.filter((line) => !isSignificant(line));
  const few = sided.filter((line) => !isTested(line));
  const said = significant.map((line) => `${horizon(line.horizon_ms)} after it, mid had moved ${bps(line.effect_bps)} bps against comparable other times, ${line.verdict === "informs" ? "the way it said" : "the other way"} (95 %: ${interval(line)}; q = ${three.format(line.q)}). Traded blindly it gave ${bps(line.net_bps)} bps a time after spread and fee.`);
  if (quiet.length) {
    const best = precise(quiet);
    const least = Math.min(...quiet.map((line) => line.q));
    said.push(`At ${listed(quiet)}: no information. What was measured may be chance (q ${quiet.length > 1 ? "from " : ""}${three.format(least)}${quiet.length > 1 ? " on" : ""}; at most ${three.format(card.false_discovery_rate)} is significant). ${quiet.length > 1 ? "Surest" : "Interval"} at ${horizon(best.horizon_ms)}: with 95 % confidence the effect lies between ${bps(best.low_bps)} and ${bps(best.high_bps)} bps, from ${grouped.format(best.readings)} readings.`);
  }
  const apart = quiet.filter((line) => line.low_bps > 0 || line.high_bps < 0);
  if (apart.length) said.push(`At ${listed(apart)} the interval leaves out zero. Alone that would say something; among ${grouped.format(card.comparisons)} lines, and against the same readings at shifted times, it does not yet.`);
  if (few.length) said.push(tooFew(few, card));
  if (!sided.length) said.push("It points neither up nor down, so there is nothing to be right about; it is counted only.");
  return said;
}

function tooFew(lines, card) {
  const readings = Math.max(...lines.map((line) => line.readings));
  const blocks = Math.max(...lines.map((line) => line.blocks));
  const why = blocks < card.fewest_blocks
    ? `in ${blocks === 1 ? "one independent stretch" : `${grouped.format(blocks)} independent stretches`} of time; a judgement needs ${card.fewest_blocks}`
    : "in a record that is too short for such horizons";
  return `At ${listed(lines)}: too few. ${grouped.format(readings)} graded ${readings === 1 ? "reading" : "readings"} ${why}.`;
}

// What the whole table rests on.
export function basis(card) {
  const void_ = Object.entries(card.void).map(([reason, count]) => `${reason.replaceAll("_", " ")} ${grouped.format(count)}`).join(", ");
  return `${grouped.format(card.outcomes)} outcomes of readings told from ${moment(card.since_ms)} to ${moment(card.until_ms)} UTC (${duration(card.until_ms - card.since_ms)}); not gradable: ${void_ || "none"}. `
    + `${grouped.format(card.comparisons)} lines of all symbols were tested together, so that at most ${rate(card.false_discovery_rate)} of those called significant are expected to be chance. Fee: ${grouped.format(card.fee_bps)} bps a side.`;
}

// The forecasts of a large move of the market.
export function macroWords(macro) {
  const head = `${macro.verdict[0].toUpperCase()}${macro.verdict.slice(1)}: ${macro.reason}.`;
  if (macro.skill === null) return head;
  const skill = signed(three.format)(Number(macro.skill.toFixed(3)));
  const between = macro.low === null ? "" : ` (95 %: ${signed(three.format)(Number(macro.low.toFixed(3)))} to ${signed(three.format)(Number(macro.high.toFixed(3)))})`;
  return `${head} Brier skill against volatility alone ${skill}${between}, from ${grouped.format(macro.forecasts)} forecasts, ${grouped.format(macro.events)} of which saw a large move, in ${grouped.format(macro.blocks)} independent stretches of two hours; not gradable: ${grouped.format(macro.void)}.`;
}

// Counts of verdicts over many readings, in words.
export function counts(groups) {
  const found = new Map();
  for (const lines of groups) found.set(overall(lines).verdict, (found.get(overall(lines).verdict) ?? 0) + 1);
  const say = { informs: "inform at some horizon", misleads: "mislead at some horizon", "no information": "show no information", "too few": "are too few to say", "takes no side": "take no side" };
  return Object.keys(say).filter((verdict) => found.has(verdict)).map((verdict) => `${found.get(verdict)} ${say[verdict]}`).join(", ");
}

export const distance = (value) => show(value, two.format);
export const figure = (value) => show(value, bps);
export const falseDiscovery = (value) => show(value, three.format);
