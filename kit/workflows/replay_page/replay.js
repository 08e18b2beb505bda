// What is shown, and what keys and buttons do.
(function replay() {
  const data = JSON.parse(byId("data").textContent);
  const state = { agents: new Set(data.lanes.keys()), kinds: new Set(data.items.map(each => each.k)), task: "", words: [], picked: null, open: false, clash: null, passes: [] };
  const kinds = ["turn", "claim", "takeover", "release", "complete", "message", "memory", "other"].filter(each => state.kinds.has(each));
  const texts = data.items.map(item => [item.s, item.x, item.y, item.task, item.where, data.lanes[item.l].name, ...(item.files || []), ...(item.steps || []).map(each => `${each[1]} ${each[2]}`)].join("\n").toLowerCase());

  byId("title").textContent = data.title;
  byId("range").textContent = data.items.length ? `${day(data.from)} ${clock(data.from)} to ${day(data.to) === day(data.from) ? "" : day(data.to) + " "}${clock(data.to)} UTC` : "nothing happened";
  byId("made").textContent = data.made;
  byId("cut").hidden = !data.cut.length;
  byId("cut").textContent = data.cut.join("; ");

  document.body.classList.toggle("days", day(data.from) !== day(data.to));

  const timeline = makeTimeline(data, state, at => pick(at));
  const list = makeList(data, state, at => pick(at));

  function apply() {
    const shown = [];
    data.items.forEach((item, at) => {
      const is = state.agents.has(item.l) && state.kinds.has(item.k) && (!state.task || item.task === state.task || (item.tasks || []).includes(state.task)) && state.words.every(word => texts[at].includes(word));
      state.passes[at] = is;
      if (is) shown.push(at);
    });
    list.fill(shown);
    const count = (number, one, name) => make("li", name || "", null, make("b", "", number.toLocaleString("en")), ` ${one}${number === 1 ? "" : "s"}`);
    const turns = shown.filter(at => data.items[at].k === "turn").length;
    byId("counts").replaceChildren(count(state.agents.size, "agent"), count(turns, "turn"), count(shown.length - turns, "event"), ...(data.clashes.length ? [count(data.clashes.length, "collision", "clash")] : []));
    timeline.recount();
  }
  function pick(at) {
    state.picked = at; state.open = at !== null;
    showDetail(data, at);
    if (at !== null) { timeline.show(data.items[at].t, data.items[at].e || data.items[at].t, false, data.items[at].l); list.reveal(at); } else apply();
    timeline.draw();
  }
  function pickClash(at) {
    const clash = data.clashes[at];
    state.clash = at;
    timeline.show(clash.t, clash.e, true);
    for (const each of [clash.a, clash.b]) state.agents.add(each);
    chips(); apply(); pick(clash.items[0]);
  }
  function chip(label, name, count, is, flip) {
    const made = make("button", "", null, ...(name ? [make("i", name)] : []), label, ...(count === null ? [] : [make("small", "", String(count))]));
    made.type = "button";
    made.setAttribute("aria-pressed", String(is));
    made.title = "Click to show or hide, with Shift for it alone";
    made.addEventListener("click", event => flip(event.shiftKey));
    return made;
  }
  function chips() {
    const flip = (set, value, all) => alone => {
      if (alone) { set.clear(); set.add(value); } else if (set.has(value)) set.delete(value); else set.add(value);
      if (!set.size) all.forEach(each => set.add(each));
      chips(); apply();
    };
    const lanes = [...data.lanes.keys()];
    byId("agents").replaceChildren(...lanes.map(at => chip(data.lanes[at].name, "", null, state.agents.has(at), flip(state.agents, at, lanes))));
    byId("kinds").replaceChildren(...kinds.map(kind => chip(kind, kind, data.items.reduce((sum, each) => sum + (each.k === kind), 0), state.kinds.has(kind), flip(state.kinds, kind, kinds))));
  }
  function clear() {
    state.agents = new Set(data.lanes.keys()); state.kinds = new Set(kinds); state.task = ""; state.words = []; state.clash = null;
    byId("search").value = ""; byId("task").value = "";
    chips(); apply(); pick(null);
  }

  byId("task").append(...["", ...data.tasks].map(task => { const made = make("option", "", task || "all tasks"); made.value = task; return made; }));
  byId("task").addEventListener("change", event => { state.task = event.target.value; apply(); });
  byId("search").addEventListener("input", event => { state.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean); apply(); });
  if (data.clashes.length) {
    byId("clashes").hidden = false;
    const cards = data.clashes.slice(0, 40).map((each, at) => {
      const made = make("button", "", null, make("b", "", each.title), make("span", "", null, make("code", "", each.path || each.task), ` ${each.short}`));
      made.type = "button";
      made.title = `${each.title}\n${each.what}`;
      made.addEventListener("click", () => pickClash(at));
      return made;
    });
    if (data.clashes.length > 40) cards.push(make("p", "", `and ${data.clashes.length - 40} more: press n`));
    byId("clashes").append(...cards);
  }

  // Playing walks over the whole in a minute, folded stretches and all.
  let frame = 0, head = 0, before = 0;
  function tick(time) {
    head += timeline.scale.length * Math.min(time - before, 100) / 60000; before = time;
    if (head >= timeline.scale.length) { play(false); return; }
    timeline.playAt(head);
    const now = timeline.scale.time(head), [a, b] = timeline.view();
    byId("now").textContent = `${day(now)} ${clock(now, true)}`;
    if (head > b) { const length = b - a; timeline.show(now, now + 1); if (length >= timeline.scale.length) timeline.all(); }
    const shown = list.shown();
    let low = 0, high = shown.length;
    while (low < high) { const middle = (low + high) >> 1; if (data.items[shown[middle]].t <= now) low = middle + 1; else high = middle; }
    if (low && shown[low - 1] !== state.picked) { state.picked = shown[low - 1]; state.open = true; showDetail(data, state.picked); list.reveal(state.picked); }
    frame = requestAnimationFrame(tick);
  }
  function play(is) {
    cancelAnimationFrame(frame);
    byId("play").setAttribute("aria-pressed", String(is));
    byId("play").textContent = is ? "Pause" : "Play";
    if (is) { if (head >= timeline.scale.length) head = 0; frame = requestAnimationFrame(time => { before = time; tick(time); }); } else if (head >= timeline.scale.length) { timeline.playAt(null); byId("now").textContent = ""; }
  }
  const isPlaying = () => byId("play").getAttribute("aria-pressed") === "true";
  byId("play").addEventListener("click", () => play(!isPlaying()));
  byId("in").addEventListener("click", () => timeline.zoom(0.6));
  byId("out").addEventListener("click", () => timeline.zoom(1 / 0.6));
  byId("all").addEventListener("click", () => timeline.all());

  const keys = {
    ArrowDown: () => step(1), ArrowUp: () => step(-1), j: () => step(1), k: () => step(-1), PageDown: () => step(10), PageUp: () => step(-10),
    Home: () => step(-1e9), End: () => step(1e9), Enter: () => { if (state.picked === null) step(1); byId("detail").focus(); },
    "/": () => { byId("search").focus(); byId("search").select(); }, "+": () => timeline.zoom(0.6), "=": () => timeline.zoom(0.6), "-": () => timeline.zoom(1 / 0.6),
    0: () => timeline.all(), n: () => { if (data.clashes.length) pickClash(((state.clash === null ? -1 : state.clash) + 1) % data.clashes.length); }, " ": () => play(!isPlaying()), Escape: clear,
  };
  function step(by) { const at = list.step(by); if (at !== null) pick(at); }
  addEventListener("keydown", event => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName), key = keys[event.key];
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing && !["Escape", "Enter"].includes(event.key)) return;
    if (event.target.tagName === "BUTTON" && ["Enter", " "].includes(event.key)) return;
    if (event.target.id === "detail" && /^(Arrow|Page|Home|End)/.test(event.key)) return;
    event.preventDefault();
    if (typing && event.key === "Enter") { event.target.blur(); byId("list").focus(); }
    key();
  });
  chips(); apply(); showDetail(data, null);
})();
