// Names across the corpus: the list, and one name in all its sentences.

import { el, byId, chip, count, grouped, letter, link, look, name, plural, say, short, word } from "./dom.js";
import { get } from "./net.js";
import { button } from "./decide.js";
import { months } from "./charts.js";
import { inWords, ruleBox } from "./rules.js";

/** The list at the side. @param {any} page @param {string} label @param {string} q @param {number|null} current */
function list(page, label, q, current) {
  const rows = el("ol", { id: "queue", "aria-label": "Names", tabindex: "-1" }), total = el("p", { id: "total" });
  let after = null, isLoading = false;
  const more = async (first = false) => {
    if (isLoading || (!first && after == null)) return;
    isLoading = true;
    const found = await get("names", { label, q, after });
    after = found.after;
    rows.append(...found.names.map((x) => el("li", { class: "q", "aria-current": x.id === current ? "true" : null }, el("a", { class: "row", href: link(`/name/${x.id}`, { label, q }) },
      el("span", { class: "w" }, name(x.name)), q ? chip(x.label) : null, el("span", { class: "s" }, grouped(x.mentions)), el("span", { class: "s" }, `${grouped(x.articles)} art.`)))));
    if (first && !found.names.length) rows.append(el("li", { class: "none" }, "No name begins so."));
    isLoading = false;
  };
  rows.addEventListener("scroll", () => rows.scrollTop + rows.clientHeight > rows.scrollHeight - 400 && more());
  const select = el("select", { id: "ns", on: { change: () => page.go("/names", { label: select.value }) } }, ...(page.corpus.labels ?? []).map((l) => el("option", { value: l, selected: l === label }, plural(l))));
  const filter = el("input", { type: "search", id: "nq", value: q, placeholder: "Begins with…", autocomplete: "off" });
  filter.addEventListener("change", () => page.go("/names", { label, q: filter.value }));
  total.textContent = q ? `that begin with “${q}”` : "by mentions";
  return { node: el("section", { class: "queue", "aria-labelledby": "qh" }, el("header", {}, el("h2", { id: "qh" }, el("label", { for: "ns" }, "Names")), select, el("label", { class: "vh", for: "nq" }, "Names that begin with"), filter, total), rows), more, rows };
}

/** @param {any} screen @param {URLSearchParams} params @param {any} page @param {string} [id] */
export async function show(screen, params, page, id) {
  const q = params.get("q") ?? "";
  if (id == null) {
    const label = params.get("label") ?? page.corpus.labels?.[0] ?? "PER";
    const found = await get("names", { label, q });
    if (!found.names.length) {
      const side = list(page, label, q, null);
      screen.replaceChildren(el("div", { class: "work two" }, side.node, el("main", { class: "reader plain", id: "main", tabindex: "-1" }, el("h1", { class: "title" }, "Names"), el("p", { class: "none" }, "There is no such name."))));
      await side.more(true);
      return { title: "Names", actions: {}, hints: [["find", "find"]], wide: true };
    }
    id = String(found.names[0].id);
    page.replace(`/name/${id}`, { label, q });
  }
  if (!/^\d+$/.test(id)) {
    // `#/name/ORG/Dateline Samples`
    const [label, ...rest] = id.split("/");
    const found = await get("name", { label, name: decodeURIComponent(rest.join("/")) });
    id = String(found.id);
  }
  const data = await get(`name/${id}`);
  const x = data.name, label = params.get("label") ?? x.label;
  const side = list(page, label, q, x.id);
  const conc = el("ol", { class: "conc" });
  const lines = [];
  let at = -1, after = null;
  const point = (to, move = true) => {
    if (!lines.length) return;
    lines[at]?.node.classList.remove("on");
    if (lines[at]) lines[at].node.tabIndex = -1;
    at = Math.max(0, Math.min(lines.length - 1, to));
    lines[at].node.classList.add("on");
    lines[at].node.tabIndex = 0;
    if (move) {
      lines[at].node.focus({ preventScroll: true });
      lines[at].node.scrollIntoView({ block: "nearest" });
    }
    if (at > lines.length - 10) more();
  };
  const more = async (first = false) => {
    if (!first && after == null) return;
    const from = after;
    after = null;
    const found = await get(`name/${id}/contexts`, { after: from });
    after = found.after;
    for (const c of found.contexts) {
      const line = { ...c, node: null };
      line.node = el("li", { tabindex: "-1", "aria-label": null, on: { click: () => point(lines.indexOf(line)), dblclick: () => open(line), keydown: (event) => event.key === "Enter" && open(line) } });
      lines.push(line);
      fill(line);
      conc.append(line.node);
    }
    moreButton.hidden = after == null;
    byId("shown")?.replaceChildren(`${grouped(lines.length)} of ${grouped(x.mentions)} shown`);
  };
  const fill = (c) => c.node.replaceChildren(el("span", { class: "l", dir: "auto" }, c.before), el("span", { class: "mid" },
    el("mark", { class: `${look(c.label)}${c.state === "none" ? " no" : c.state ? " yes" : c.score <= (page.corpus.unsure ?? 0.6) ? " unsure" : ""}`, "data-l": letter(c.label) }, name(c.words), el("span", { class: "vh" }, ` (${c.state === "none" ? "not a name" : word(c.label)}${c.state ? ", decided" : ""}) `))),
  el("span", { class: "r", dir: "auto" }, c.after), el("a", { class: "src", href: link("/review", { at: `${c.article}.${c.key ?? c.number}` }) }, name(c.title)), el("span", { class: `s num${c.failed ? " bad" : ""}` }, c.failed ? "!" : c.state === "none" ? "✗" : c.state ? "✓" : short(c.score)));
  const open = (c) => page.go("/review", { at: `${c.article}.${c.key ?? c.number}` });
  const decide = (to) => {
    const c = lines[at];
    if (!c || page.corpus.read_only) return;
    const before = { ...c };
    Object.assign(c, { state: to == null ? "none" : to === before.label ? "right" : "changed", label: to ?? c.label, failed: "" });
    fill(c);
    say(`${c.words}, ${to == null ? "not a name" : word(to)}`);
    page.count(1);
    page.outbox.send({ decisions: [{ op: "mention", article: c.article, key: String(c.key ?? c.number), shown: before.label, say: { label: to }, reach: "here", queue: "name" }] }).then(page.took, (error) => {
      Object.assign(c, before, { failed: error.message });
      fill(c);
      page.error(error);
    });
    point(at + 1);
  };
  const undo = async (op) => {
    try {
      const answer = await page.outbox.send({ decisions: [{ op }] });
      page.took(answer);
      say(answer.undone?.says ?? op);
      const c = lines.find((line) => line.article === answer.undone?.article && String(line.key ?? line.number) === answer.undone?.key);
      if (c) {
        const fresh = (answer.articles ?? []).find((a) => a.article === c.article)?.mentions.find((m) => m.key === String(c.key ?? c.number));
        if (fresh) Object.assign(c, { state: fresh.state, label: fresh.label });
        fill(c);
        point(lines.indexOf(c));
      }
    } catch (error) {
      page.error(error);
    }
  };
  const moreButton = el("button", { type: "button", class: "small", hidden: true, on: { click: () => more() } }, "more");
  const forms = data.forms.filter(([form]) => form !== x.name);
  const when = el("svg", { svg: true, class: "when", viewBox: "0 0 600 96", role: "img", "aria-label": "Articles by month" });
  const span = data.months.length ? `${data.months[0][0]} to ${data.months.at(-1)[0]}` : null;
  const rule = { words: x.name, label: x.label };
  const can = !page.corpus.read_only;
  const made = () => page.reload();
  screen.replaceChildren(el("div", { class: "work" }, side.node,
    el("main", { class: "reader plain", id: "main", tabindex: "-1" }, el("div", { class: "sheet wide", id: "name", tabindex: "-1" },
      el("p", { class: "meta" }, chip(x.label), el("span", {}, word(x.label)), el("span", {}, count(x.mentions, "mention")), el("span", {}, count(x.articles, "article")), span ? el("span", {}, span) : null, el("span", {}, `about ${x.wrong.toFixed(1)} wrong`),
        el("a", { href: link("/articles", { name: x.id }) }, "its articles")),
      el("h1", {}, name(x.name, "span")),
      el("p", { class: "also" }, "also written ", ...(forms.length ? forms.slice(0, 12).flatMap(([form], i) => (i ? [", ", el("b", {}, name(form))] : [el("b", {}, name(form))])) : [el("b", {}, "nothing else")])),
      data.months.length > 1 ? el("div", { class: "narrow" }, when, data.months_are_part ? el("p", { class: "note" }, "the first 5,000 of its articles") : null) : null,
      el("h2", { class: "h3" }, "Every mention in its sentence"), el("p", { class: "note", id: "shown" }), conc, moreButton)),
    el("aside", { class: "side", "aria-label": "Decisions about this name", tabindex: "-1" },
      el("section", { class: "card" }, el("h2", {}, "May be the same"), data.alike.length ? el("ul", { class: "same" }, ...data.alike.map(({ name: other, why }) => el("li", {}, el("a", { href: link(`/name/${other.id}`) }, el("b", {}, name(other.name))), chip(other.label), el("span", { class: "num" }, `${grouped(other.mentions)}×`), el("small", {}, why),
        can ? button("", "merge", {}, () => merge(other)) : null, can ? button("", "different", {}, () => ruleBox(page, { different: [x.name, other.name], label: x.label }, made)) : null))) : el("p", { class: "how" }, "No candidate.")),
      can ? el("section", { class: "card rule" }, el("h2", {}, "A rule for this corpus"), el("p", { class: "say" }, ...inWords(rule)), el("div", { class: "picks" }, button("rule", "See what it does", { class: "yes" }, () => ruleBox(page, rule, made)), button("", "Not a name", {}, () => ruleBox(page, { words: x.name, label: null }, made)))) : null,
      el("section", { class: "card" }, el("h2", {}, "In the same sentences"), data.with.length ? el("ul", { class: "ents" }, ...data.with.map((co) => el("li", { title: `${co.lift.toFixed(1)} times as often as by chance` }, el("a", { class: "n", href: link(`/name/${co.id}`) }, name(co.name)), el("span", { class: "c num" }, `${grouped(co.sentences)}×`), chip(co.label)))) : el("p", { class: "how" }, "Nobody."), data.with_is_part ? el("p", { class: "note" }, "in the first 1,000 of its articles") : null))));
  function merge(other) {
    // Of two labels for one name, or of two spellings, the more frequent holds.
    if (other.label !== x.label) return ruleBox(page, { words: other.name, label: x.label }, made);
    return ruleBox(page, { same: [x.name, other.name], label: x.label, name: x.name }, made);
  }
  if (data.months.length > 1) months(when, data.months);
  await Promise.all([side.more(true), more(true)]);
  side.rows.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  point(0, false);
  const labels = page.corpus.labels ?? [];
  const actions = {
    next: () => point(at + 1), previous: () => point(at - 1), merge: () => data.alike[0] && can && merge(data.alike[0].name),
    split: () => data.alike[0] && can && ruleBox(page, { different: [x.name, data.alike[0].name.name], label: x.label }, made),
    ...(can ? { right: (event) => (event.key === "Enter" ? lines[at] && open(lines[at]) : lines[at] && decide(lines[at].label)), none: () => decide(null), rule: () => ruleBox(page, rule, made), undo: () => undo("undo"), redo: () => undo("redo"),
      ...Object.fromEntries(labels.slice(0, 9).map((l, i) => [`label${i + 1}`, () => decide(l)])) } : {}),
  };
  return { title: x.name, actions, wide: true, hints: [["next", "line"], ...(can ? [["right", "right"], ["none", "not this one"], ["label1", "label"], ["merge", "merge"], ["rule", "rule for the corpus"], ["undo", "undo"]] : [])] };
}
