// The events as rows: only those in sight are in the document, so that ten thousand cost no more than thirty.
function makeList(data, state, onPick) {
  const ROW = 30, list = byId("list"), rows = byId("rows");
  const many = day(data.from) !== day(data.to);
  let shown = [], drawn = "";
  function row(at, place) {
    const item = data.items[at];
    const what = make("span", "what", item.s);
    if (item.bad) what.append(make("em", "", `${item.bad} failed`));
    const made = make("div", "row", null, make("time", "", (many ? `${day(item.t).slice(5)} ` : "") + clock(item.t, true)), make("i", item.k), make("span", "who", data.lanes[item.l].name), what);
    if (item.clash) made.classList.add("clash");
    made.id = `row-${at}`;
    made.style.top = `${place * ROW}px`;
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", String(state.picked === at));
    made.setAttribute("aria-expanded", String(state.picked === at && state.open));
    made.setAttribute("aria-posinset", String(place + 1));
    made.setAttribute("aria-setsize", String(shown.length));
    made.addEventListener("click", () => onPick(at));
    return made;
  }
  function draw(force) {
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 6), last = Math.min(shown.length, first + Math.ceil(list.clientHeight / ROW) + 12);
    const key = `${first} ${last} ${state.picked}`;
    if (!force && key === drawn) return;
    drawn = key;
    const made = [];
    for (let place = first; place < last; place++) made.push(row(shown[place], place));
    if (!shown.length) made.push(make("p", "empty", "Nothing passes the filters. Esc clears them."));
    rows.style.height = `${shown.length * ROW}px`;
    rows.replaceChildren(...made);
    if (state.picked !== null && byId(`row-${state.picked}`)) list.setAttribute("aria-activedescendant", `row-${state.picked}`);
    else list.removeAttribute("aria-activedescendant");
  }
  list.addEventListener("scroll", () => draw(false));
  new ResizeObserver(() => draw(true)).observe(list);
  return {
    fill(found) { shown = found; draw(true); },
    reveal(at) {
      const place = shown.indexOf(at);
      if (place < 0) return;
      if (place * ROW < list.scrollTop) list.scrollTop = place * ROW;
      else if ((place + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (place + 1) * ROW - list.clientHeight;
      draw(true);
    },
    step(by) {
      if (!shown.length) return null;
      if (Math.abs(by) > 1e6) return by < 0 ? shown[0] : shown[shown.length - 1];
      const place = shown.indexOf(state.picked);
      return shown[place < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(shown.length - 1, Math.max(0, place + by))];
    },
    shown: () => shown,
  };
}

function showDetail(data, at) {
  const detail = byId("detail");
  if (at === null) {
    const signs = [["bar", "turn", "a turn of a session: from what was asked until the last that was done for it"], ["bar bad", "turn", "a turn in which something failed"], ["hold", "", "a task while it was held"],
      ["", "claim", "a task was claimed"], ["", "takeover", "taken over from somebody else"], ["", "complete", "finished"], ["", "message", "a message; the line leads to whom"], ["", "memory", "a value or a file was shared"],
      ["column", "", "two agents in each other's way: they wrote one file within 15 minutes, or one took the other's task over"]];
    detail.replaceChildren(make("h2", "", "How to read this"), make("dl", "", null, ...signs.flatMap(([name, kind, text]) => [make("dt", name, null, make("i", kind)), make("dd", "", text)])), make("p", "meta", "Choose an event in the lanes or in the list."));
    detail.scrollTop = 0;
    return;
  }
  const item = data.items[at], parts = [make("h2", "", item.s)];
  const meta = make("p", "meta", null, make("span", "", null, make("i", `dot ${item.k}`), ` ${item.k}`), make("span", "", data.lanes[item.l].name));
  meta.append(make("span", "", `${day(item.t)} ${clock(item.t, true)}` + (item.e && item.e > item.t ? `, ${lasting(item.e - item.t)}` : "")));
  if (item.task) meta.append(make("span", "", `task ${item.task}`));
  if (item.where) meta.append(make("code", "", item.where));
  parts.push(meta);
  const clashes = data.clashes.filter(each => each.items.includes(at));
  for (const each of clashes) parts.push(make("p", "warn", `${each.title}: ${each.what}`));
  if (item.x) parts.push(make("pre", "", item.x));
  if (item.files && item.files.length) {
    const hot = new Set(clashes.map(each => each.path));
    parts.push(make("h3", "", "Files it wrote"), make("div", "files", null, ...item.files.map(each => make("code", hot.has(each) ? "hot" : "", each))));
  }
  if (item.steps && item.steps.length) {
    const more = item.calls > item.steps.length ? `, the first ${item.steps.length} shown` : "";
    parts.push(make("h3", "", `${item.calls} tool calls${item.bad ? `, ${item.bad} failed` : ""}${more}`));
    parts.push(make("ol", "", null, ...item.steps.map(([time, tool, text, bad]) => make("li", bad ? "bad" : "", null, make("time", "", time ? clock(time, true) : ""), make("b", "", tool), make("span", "", text)))));
  }
  if (item.y) parts.push(make("h3", "", "Its last word"), make("pre", "", item.y));
  detail.replaceChildren(...parts);
  detail.scrollTop = 0;
}
