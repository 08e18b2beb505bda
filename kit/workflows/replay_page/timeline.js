// The lanes: one per agent. Bars are turns of a session, the tinted bands below them the tasks that were held, marks
// what the agents told each other; a red column joins two lanes that were in each other's way.
function makeTimeline(data, state, onPick) {
  const LANE = 66, HEAD = 26, LABEL = 160, BAR = 9, MARK = 38, HOLD = 49;
  const canvas = byId("lanes"), map = byId("map"), scroll = byId("scroll"), tip = byId("tip");
  const spans = data.items.map(each => [each.t, each.e || each.t]);
  const scale = makeScale(spans, data.from, data.to);
  const from = data.items.map(item => scale.place(item.t)), until = data.items.map(item => scale.place(item.e || item.t));
  let view = [0, scale.length], colours = {}, wide = 0, hits = [], points = [], bins = null, hot = new Set(), queued = false, playhead = null;
  const of = time => scale.place(time);
  const x = where => LABEL + (where - view[0]) / (view[1] - view[0]) * (wide - LABEL - 12);
  const back = pixel => view[0] + (pixel - LABEL) / (wide - LABEL - 12) * (view[1] - view[0]);
  const laneTop = lane => HEAD + lane * LANE - scroll.scrollTop;

  function readColours() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["sheet", "ink", "soft", "faint", "line", "lane", "pick", "gap", "hold", "clash", "clash-soft", "turn", "claim", "takeover", "release", "complete", "message", "memory", "error", "other"])
      colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
  function fit(target, height) {
    const ratio = Math.min(window.devicePixelRatio || 1, 2), width = target.clientWidth;
    if (target.width !== width * ratio || target.height !== height * ratio) {
      target.width = width * ratio; target.height = height * ratio;
      target.style.height = `${height}px`;
    }
    const pen = target.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.textBaseline = "middle";
    return [pen, width];
  }
  function short(pen, text, room) {
    if (room < 14) return "";
    if (pen.measureText(text).width <= room) return text;
    let length = Math.floor(text.length * room / pen.measureText(text).width);
    while (length > 1 && pen.measureText(text.slice(0, length) + "…").width > room) length--;
    return length > 1 ? text.slice(0, length) + "…" : "";
  }
  function draw() {
    queued = false;
    const whole = HEAD + data.lanes.length * LANE, most = Math.max(160, Math.floor(window.innerHeight * 0.42));
    const height = Math.min(whole, most);
    byId("tall").style.height = `${whole}px`;
    const [pen, width] = fit(canvas, height);
    wide = width; hits = [];
    drawLanes(pen, width, height);
    pen.save(); pen.beginPath(); pen.rect(LABEL, 0, width - LABEL, height); pen.clip();
    drawFolds(pen, height); drawHolds(pen); drawClashes(pen); drawTurns(pen); drawMessages(pen); drawMarks(pen); drawPoints(pen);
    if (playhead !== null) { pen.fillStyle = colours.pick; pen.fillRect(x(playhead) - 1, HEAD - 6, 2, height); }
    pen.restore();
    drawAxis(pen, width);
    drawMap();
  }
  function drawLanes(pen, width, height) {
    data.lanes.forEach((lane, at) => {
      const top = laneTop(at);
      if (top > height || top + LANE < 0) return;
      if (at % 2 === 0) { pen.fillStyle = colours.lane; pen.fillRect(0, top, width, LANE); }
      pen.globalAlpha = state.agents.has(at) ? 1 : 0.35;
      pen.fillStyle = colours.ink; pen.font = "600 13px system-ui, sans-serif";
      pen.fillText(short(pen, lane.name, LABEL - 24), 14, top + (lane.note ? 25 : LANE / 2));
      if (lane.note) { pen.fillStyle = colours.faint; pen.font = "11px system-ui, sans-serif"; pen.fillText(short(pen, lane.note, LABEL - 24), 14, top + 43); }
      pen.globalAlpha = 1;
    });
  }
  function drawAxis(pen, width) {
    pen.fillStyle = colours.sheet; pen.fillRect(0, 0, width, HEAD);
    pen.fillStyle = colours.line; pen.fillRect(0, HEAD - 1, width, 1);
    pen.font = "11px ui-monospace, monospace"; pen.fillStyle = colours.soft;
    let last = "", end = LABEL - 60;
    const steps = [1e3, 5e3, 15e3, 60e3, 300e3, 900e3, 3600e3, 3 * 3600e3, 12 * 3600e3, 86400e3, 7 * 86400e3];
    const step = steps.find(each => each / (view[1] - view[0]) * (wide - LABEL) > 84) || 30 * 86400e3;
    const begin = scale.time(Math.max(0, view[0])), stop = scale.time(Math.min(scale.length, view[1]));
    const edges = scale.folds.map(each => scale.time(each[1]));
    const ticks = [];
    let time = Math.ceil(begin / step) * step;
    for (let guard = 0; time <= stop && guard < 400; guard++) {
      const fold = scale.folds.find(each => of(time) > each[0] && of(time) < each[1]);
      if (fold) time = Math.ceil(scale.time(fold[1]) / step) * step;
      else { ticks.push(time); time += step; }
    }
    for (const each of ticks.concat(edges.filter(edge => edge > begin && edge < stop)).sort((a, b) => a - b)) {
      const at = x(of(each));
      if (at < end + 8 || at > wide - 40) continue;
      const text = (day(each) !== last && day(data.from) !== day(data.to) ? `${day(each).slice(5)} ` : "") + clock(each, step < 60e3);
      last = day(each);
      pen.fillStyle = colours.soft; pen.fillText(text, at + 4, HEAD / 2);
      pen.fillStyle = colours.line; pen.fillRect(at, HEAD - 8, 1, 8);
      end = at + pen.measureText(text).width;
    }
    pen.fillStyle = colours.faint; pen.fillText("UTC", 14, HEAD / 2);
  }
  function drawFolds(pen, height) {
    pen.font = "11px system-ui, sans-serif"; pen.textAlign = "right";
    for (const [a, b, idle] of scale.folds) {
      const left = x(a), right = x(b);
      if (right < LABEL || left > wide) continue;
      pen.fillStyle = colours.gap; pen.fillRect(left, HEAD, right - left, height);
      if (right - left < 11) continue;
      pen.save(); pen.translate((left + right) / 2, HEAD + 8); pen.rotate(-Math.PI / 2);
      pen.fillStyle = colours.faint; pen.fillText(lasting(idle), 0, 0); pen.restore();
    }
    pen.textAlign = "left";
  }
  function drawHolds(pen) {
    pen.font = "11px system-ui, sans-serif";
    for (const hold of data.holds) {
      const left = Math.max(x(of(hold.t)), LABEL), right = Math.min(x(of(hold.e)), wide), top = laneTop(hold.l) + HOLD;
      if (right < LABEL || left > wide || top + LANE < 0 || top > canvas.clientHeight) continue;
      pen.globalAlpha = state.agents.has(hold.l) && (!state.task || state.task === hold.task) ? 1 : 0.25;
      pen.fillStyle = colours.hold; box(pen, left, top, Math.max(right - left, 3), 14, 4);
      pen.fillStyle = colours.claim; pen.fillText(short(pen, hold.task, right - left - 12), left + 6, top + 7.5);
      hits.push([left, top, right, top + 14, null, `${hold.task}, held by ${data.lanes[hold.l].name}\nfrom ${clock(hold.t, true)} to ${clock(hold.e, true)}: ${hold.how}`]);
    }
    pen.globalAlpha = 1;
  }
  function box(pen, left, top, width, height, radius) {
    pen.beginPath(); pen.roundRect(left, top, width, height, Math.min(radius, width / 2)); pen.fill();
  }
  function drawTurns(pen) {
    const ends = {};
    data.items.forEach((item, at) => {
      if (item.k !== "turn") return;
      const left = x(from[at]), right = Math.max(x(until[at]), left + 4), top = laneTop(item.l) + BAR;
      if (right < LABEL || left > wide || top + LANE < 0 || top > canvas.clientHeight) return;
      const is = state.passes[at];
      if (!is && right <= (ends[item.l] || 0) + 1) return;
      ends[item.l] = right;
      pen.globalAlpha = is ? (playhead !== null && from[at] > playhead ? 0.25 : 1) : 0.1;
      pen.fillStyle = item.bad ? colours.error : colours.turn;
      box(pen, left, top, right - left - 1, 20, 5);
      if (item.bad && right - left > 12) { pen.fillStyle = colours.turn; box(pen, left, top, right - left - 1, 16, 5); }
      if (is && right - left > 40) {
        pen.font = "11.5px system-ui, sans-serif"; pen.fillStyle = "#fff";
        pen.fillText(short(pen, item.s, right - left - 14), Math.max(left, LABEL) + 7, top + 9);
      }
      if (state.picked === at) ring(pen, left - 2, top - 2, right - left + 3, 24);
      hits.push([left - 2, top, right + 2, top + 20, at]);
    });
    pen.globalAlpha = 1;
  }
  function ring(pen, left, top, width, height) {
    pen.strokeStyle = colours.pick; pen.lineWidth = 2; pen.beginPath(); pen.roundRect(left, top, width, height, 7); pen.stroke();
  }
  function drawMessages(pen) {
    const last = {};
    pen.strokeStyle = colours.message; pen.lineWidth = 1;
    const many = data.items.reduce((sum, item, at) => sum + (item.to !== undefined && state.passes[at] && from[at] >= view[0] && from[at] <= view[1]), 0) > 300;
    data.items.forEach((item, at) => {
      if (item.to === undefined || !state.passes[at] || (many && state.picked !== at)) return;
      const where = x(from[at]), start = laneTop(item.l) + MARK, to = laneTop(item.to) + (item.to > item.l ? 4 : LANE - 4);
      if (where < LABEL || where > wide || Math.max(start, to) < 0 || Math.min(start, to) > canvas.clientHeight) return;
      const key = item.l * 1000 + item.to;
      if (where - (last[key] || 0) < 3) return; // where they are dense, one stands for many
      last[key] = where;
      pen.globalAlpha = 0.55; pen.beginPath(); pen.moveTo(where, start); pen.lineTo(where, to); pen.stroke();
      const up = to < start ? 5 : -5;
      pen.beginPath(); pen.moveTo(where - 3, to + up); pen.lineTo(where, to); pen.lineTo(where + 3, to + up); pen.stroke();
    });
    pen.globalAlpha = 1;
  }
  function drawMarks(pen) {
    const last = {};
    data.items.forEach((item, at) => {
      if (item.k === "turn") return;
      const where = x(from[at]), middle = laneTop(item.l) + MARK;
      if (where < LABEL - 8 || where > wide + 8 || middle < 0 || middle > canvas.clientHeight + 8) return;
      const is = state.passes[at], key = `${item.l} ${item.k}`;
      if (state.picked !== at && last[key] !== undefined && where - last[key] < 4) return;
      last[key] = where;
      pen.globalAlpha = is ? (playhead !== null && from[at] > playhead ? 0.25 : 1) : 0.1;
      pen.fillStyle = colours[item.k] || colours.other; pen.strokeStyle = colours.sheet; pen.lineWidth = 2;
      pen.beginPath();
      if (item.k === "takeover") { pen.moveTo(where, middle - 8); pen.lineTo(where + 8, middle + 7); pen.lineTo(where - 8, middle + 7); pen.closePath(); }
      else if (item.k === "message") pen.arc(where, middle, 5, 0, 7);
      else if (item.k === "claim") { pen.moveTo(where - 4, middle - 7); pen.lineTo(where + 6, middle); pen.lineTo(where - 4, middle + 7); pen.closePath(); }
      else if (item.k === "complete") pen.roundRect(where - 6, middle - 6, 12, 12, 3);
      else { pen.moveTo(where, middle - 6); pen.lineTo(where + 6, middle); pen.lineTo(where, middle + 6); pen.lineTo(where - 6, middle); pen.closePath(); }
      pen.stroke(); pen.fill();
      if (state.picked === at) ring(pen, where - 9, middle - 9, 18, 18);
      hits.push([where - 8, middle - 9, where + 8, middle + 9, at]);
    });
    pen.globalAlpha = 1;
  }
  // Who wrote first, and who then: drawn last, over the bars.
  function drawPoints(pen) {
    for (const [left, top] of points) {
      pen.beginPath(); pen.arc(left, top, 5, 0, 7); pen.fillStyle = colours.clash; pen.strokeStyle = colours.sheet; pen.lineWidth = 2; pen.fill(); pen.stroke();
    }
  }
  function drawClashes(pen) {
    points = [];
    data.clashes.forEach((clash, at) => {
      const left = x(of(clash.t)) - 3, right = Math.max(x(of(clash.e)) + 3, left + 8);
      if (right < LABEL || left > wide) return;
      const [up, down] = [Math.min(clash.a, clash.b), Math.max(clash.a, clash.b)];
      const top = laneTop(up) + 4, bottom = laneTop(down) + MARK - 6;
      pen.fillStyle = colours["clash-soft"]; box(pen, left, top, right - left, bottom - top, 6);
      pen.strokeStyle = colours.clash; pen.lineWidth = state.clash === at ? 2.5 : 1.2; pen.setLineDash(state.clash === at ? [] : [4, 3]);
      pen.beginPath(); pen.roundRect(left, top, right - left, bottom - top, 6); pen.stroke(); pen.setLineDash([]);
      if (clash.path) points.push([x(of(clash.t)), laneTop(clash.a) + BAR + 10], [x(of(clash.e)), laneTop(clash.b) + BAR + 10]);
      hits.push([left, top, right, bottom, clash.items[0], `${clash.title}\n${clash.what}`]);
    });
  }
  function counted(size) {
    if (bins && bins.length === size) return;
    bins = new Array(size).fill(0); hot = new Set();
    const bin = place => Math.min(size - 1, Math.max(0, Math.floor(place / scale.length * size)));
    data.items.forEach((item, at) => { if (state.passes[at]) { const end = bin(until[at]); for (let b = bin(from[at]); b <= end; b++) bins[b]++; } });
    data.clashes.forEach(each => hot.add(bin(of(each.t))));
  }
  function drawMap() {
    const [pen, width] = fit(map, 34);
    counted(Math.max(1, Math.floor((width - LABEL - 12) / 3)));
    const most = Math.max(1, ...bins);
    bins.forEach((count, at) => {
      const tall = count ? 3 + 22 * Math.sqrt(count / most) : 0;
      pen.fillStyle = hot.has(at) ? colours.clash : colours.turn; pen.globalAlpha = hot.has(at) ? 1 : 0.6;
      pen.fillRect(LABEL + at * 3, 30 - Math.max(tall, hot.has(at) ? 8 : 0), 2, Math.max(tall, hot.has(at) ? 8 : 0));
    });
    pen.globalAlpha = 1;
    const left = LABEL + view[0] / scale.length * (width - LABEL - 12), right = LABEL + view[1] / scale.length * (width - LABEL - 12);
    pen.globalAlpha = 0.12; pen.fillStyle = colours.pick; pen.fillRect(left, 0, right - left, 34); pen.globalAlpha = 1;
    pen.fillRect(left, 0, 2, 34); pen.fillRect(right - 2, 0, 2, 34);
    pen.font = "11px system-ui, sans-serif"; pen.fillStyle = colours.faint; pen.fillText("overview", 14, 17);
  }
  function soon() { if (!queued) { queued = true; requestAnimationFrame(draw); } }
  function look(a, b) {
    const length = Math.min(scale.length, Math.max(b - a, Math.min(2e3, scale.length)));
    const begin = Math.min(Math.max(0, a), scale.length - length);
    view = [begin, begin + length]; soon();
  }
  function zoom(factor, around) {
    const chosen = state.picked === null ? (view[0] + view[1]) / 2 : from[state.picked];
    const middle = around !== undefined ? around : chosen >= view[0] && chosen <= view[1] ? chosen : (view[0] + view[1]) / 2;
    look(middle - (middle - view[0]) * factor, middle + (view[1] - middle) * factor);
  }
  // Brings a time and a lane into sight, and with `near` close.
  function show(begin, end, near, lane) {
    if (lane !== undefined) {
      const top = lane * LANE, room = canvas.clientHeight - HEAD - LANE;
      if (top < scroll.scrollTop) scroll.scrollTop = top;
      else if (top > scroll.scrollTop + room) scroll.scrollTop = top - room;
    }
    const a = of(begin), b = of(end), room = Math.max((b - a) * (near ? 1.2 : 0), near ? scale.length * 0.04 : 0);
    if (near) look(a - room, b + room);
    else if (a < view[0] || b > view[1]) { const half = (view[1] - view[0]) / 2; look((a + b) / 2 - half, (a + b) / 2 + half); }
    else soon();
  }
  function hit(event) {
    const frame = canvas.getBoundingClientRect(), [px, py] = [event.clientX - frame.left, event.clientY - frame.top];
    for (let at = hits.length - 1; at >= 0; at--) { const each = hits[at]; if (px >= each[0] && px <= each[2] && py >= each[1] && py <= each[3] && px > LABEL && py > HEAD) return each; }
    return null;
  }
  let drag = null;
  canvas.addEventListener("pointerdown", event => { drag = [event.clientX, view[0], false]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", event => {
    if (drag && event.buttons) {
      const moved = event.clientX - drag[0];
      if (Math.abs(moved) > 3) drag[2] = true;
      if (drag[2]) { canvas.classList.add("drag"); const length = view[1] - view[0], begin = drag[1] - moved / (wide - LABEL - 12) * length; look(begin, begin + length); tip.hidden = true; }
      return;
    }
    const found = hit(event);
    canvas.classList.toggle("over", !!found);
    tip.hidden = !found;
    if (!found) return;
    const item = found[4] === null ? null : data.items[found[4]];
    tip.textContent = found[5] || `${clock(item.t, true)}  ${data.lanes[item.l].name}\n${item.s}`;
    const frame = byId("stage").getBoundingClientRect();
    tip.style.left = `${Math.min(event.clientX - frame.left + 14, frame.width - 300)}px`;
    tip.style.top = `${Math.min(event.clientY - frame.top + 16, frame.height - 56)}px`;
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("pointerup", event => {
    const was = drag; drag = null; canvas.classList.remove("drag");
    const found = was && !was[2] ? hit(event) : null;
    if (found && found[4] !== null) onPick(found[4]);
  });
  canvas.addEventListener("wheel", event => {
    if (event.ctrlKey || event.metaKey || (event.deltaY && data.lanes.length * LANE + HEAD <= canvas.clientHeight)) {
      event.preventDefault(); zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) / 240), back(event.offsetX));
    } else if (event.deltaX) { event.preventDefault(); const by = event.deltaX / wide * (view[1] - view[0]); look(view[0] + by, view[1] + by); }
  }, { passive: false });
  const slide = event => { if (event.buttons) { const where = (event.offsetX - LABEL) / (map.clientWidth - LABEL - 12) * scale.length, half = (view[1] - view[0]) / 2; look(where - half, where + half); } };
  map.addEventListener("pointerdown", event => { map.setPointerCapture(event.pointerId); slide(event); });
  map.addEventListener("pointermove", slide);
  scroll.addEventListener("scroll", soon);
  const restyle = () => { readColours(); soon(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", restyle);
  new ResizeObserver(soon).observe(scroll);
  addEventListener("resize", soon);
  readColours();
  return { draw: soon, recount: () => { bins = null; soon(); }, zoom, show, all: () => look(0, scale.length), scale, view: () => view, playAt: where => { playhead = where; soon(); } };
}
