"use strict";
// Time to place and back. Long stretches in which nobody did anything are folded, or a night would hide the minutes
// that matter; each is drawn as a narrow band that says how long it was.
function makeScale(spans, from, to) {
  const FOLD = 20 * 60e3;
  const busy = [];
  for (const [a, b] of spans.slice().sort((x, y) => x[0] - y[0])) {
    const last = busy[busy.length - 1];
    if (last && a - last[1] <= FOLD) last[1] = Math.max(last[1], b);
    else busy.push([a, b]);
  }
  if (!busy.length) busy.push([from, to]);
  for (const each of busy) { const pad = Math.max(20e3, (each[1] - each[0]) * 0.02); each[0] -= pad; each[1] += pad; }
  const worked = busy.reduce((sum, [a, b]) => sum + b - a, 0);
  const fold = Math.max(5e3, worked * Math.min(0.03, 0.25 / busy.length));
  const knots = [];
  let place = 0;
  busy.forEach(([a, b], at) => {
    if (at) place += fold;
    knots.push([a, place]);
    place += b - a;
    knots.push([b, place]);
  });
  const find = (value, column) => {
    let low = 0, high = knots.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; if (knots[middle][column] <= value) low = middle; else high = middle; }
    return low;
  };
  const along = (value, source, target) => {
    const at = find(value, source), [one, two] = [knots[at], knots[at + 1]];
    const length = two[source] - one[source];
    return one[target] + (length ? (value - one[source]) / length : 0) * (two[target] - one[target]);
  };
  const folds = [];
  for (let at = 1; at + 1 < knots.length; at += 2) folds.push([knots[at][1], knots[at + 1][1], knots[at + 1][0] - knots[at][0]]);
  return { length: place, folds, place: time => along(time, 0, 1), time: where => along(where, 1, 0) };
}

const pad = number => String(number).padStart(2, "0");
const clock = (ms, seconds) => { const d = new Date(ms); return `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}` + (seconds ? `:${pad(d.getUTCSeconds())}` : ""); };
const day = ms => new Date(ms).toISOString().slice(0, 10);
function lasting(ms) {
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  if (s < 129600) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86400)} days`;
}
// Elements are made of text only: nothing that was written in a session is ever read as markup.
function make(tag, name, text, ...inside) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined && text !== null) made.textContent = text;
  made.append(...inside);
  return made;
}
const byId = id => document.getElementById(id);
