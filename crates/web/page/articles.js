// Articles: what is in them at the left, which they are at the right.

import { el, capital, chip, count, grouped, link, name, look } from "./dom.js";
import { get } from "./net.js";

const KEYS = ["q", "name", "topic", "source", "from", "to", "state"];
const STATES = [["", "all"], ["open", "not decided"], ["begun", "begun"], ["done", "done"]];
const KINDS = { person: ["PER", "People"], org: ["ORG", "Organizations"], place: ["LOC", "Places"], misc: ["MISC", "Other names"], topic: ["", "Topics"], source: ["", "Sources"], "date:month": ["", "Months"] };

/** @param {any} screen @param {URLSearchParams} params @param {any} page */
export async function show(screen, params, page) {
  const asked = Object.fromEntries(KEYS.map((key) => [key, params.get(key) ?? ""]));
  const first = await get("articles", asked);
  const shownName = asked.name ? (await get(`name/${asked.name}`).catch(() => null))?.name : null;
  const go = (more) => page.go("/articles", { ...asked, ...more });
  const list = el("ol", { class: "arts" });
  const moreButton = el("button", { type: "button", class: "small" }, "more");
  let after = null;
  const rows = [];
  const add = (found) => {
    after = found.after;
    for (const a of found.articles) {
      const row = el("li", {}, el("a", { class: "t", href: link("/review", { queue: "articles", at: a.article }) }, name(a.title || "(no title)")),
        el("p", { class: "m" }, el("span", {}, name(a.id)), a.date ? el("span", {}, a.date.slice(0, 10)) : null, a.source && a.source !== a.id ? el("span", {}, name(a.source)) : null, el("span", {}, count(a.mentions, "mention")),
          el("span", {}, `≈ ${a.wrong.toFixed(1)} wrong`), a.state ? el("span", { class: "ok" }, a.state === "done" ? "✓ done" : a.state) : null, ...a.topics.map((t) => el("span", { class: "tag" }, name(t)))));
      rows.push(row);
      list.append(row);
    }
    moreButton.hidden = after == null;
  };
  const more = async () => {
    if (after == null) return;
    const from = after;
    after = null;
    add(await get("articles", { ...asked, after: from }));
  };
  moreButton.addEventListener("click", more);
  add(first);
  const q = el("input", { type: "search", id: "aq", value: asked.q, placeholder: "peace person:Dunford topic:politics", autocomplete: "off", spellcheck: "false" });
  const from = el("input", { type: "text", id: "afrom", value: asked.from, placeholder: "2024-03", pattern: "[0-9-]*", inputmode: "numeric", size: "10" });
  const to = el("input", { type: "text", id: "ato", value: asked.to, placeholder: "2024-06", pattern: "[0-9-]*", inputmode: "numeric", size: "10" });
  const state = el("select", { id: "astate", on: { change: () => go({ state: state.value }) } }, ...STATES.map(([id, text]) => el("option", { value: id, selected: id === asked.state }, text)));
  const form = el("form", { class: "filters", on: { submit: (event) => { event.preventDefault(); go({ q: q.value, from: from.value, to: to.value }); } } },
    el("label", { for: "aq" }, "Words and names"), q, el("div", { class: "row" }, el("label", { for: "afrom" }, "From"), from, el("label", { for: "ato" }, "to"), to), el("div", { class: "row" }, el("label", { for: "astate" }, "State"), state), el("button", { type: "submit", class: "go" }, "Find"));
  const chosen = KEYS.filter((key) => asked[key]).map((key) => el("button", { type: "button", class: "small chosen", "aria-label": `Without ${key} ${asked[key]}`, on: { click: () => go({ [key]: "" }) } }, `${key}: `, name(key === "name" ? (shownName?.name ?? asked.name) : asked[key]), " ✕"));
  const facets = (first.facets?.facets ?? []).filter((f) => f.values.length).map((f) => {
    const [label, title] = KINDS[f.field] ?? ["", capital(f.field.replace("other_", ""))];
    const max = Math.max(...f.values.map(([, n]) => n));
    const href = (value) => f.field === "topic" ? { topic: value } : f.field === "source" ? { source: value } : f.field === "date:month" ? { from: value, to: value } : { q: `${asked.q ? `${asked.q} ` : ""}${f.field}:"${value.replaceAll('"', "")}"` };
    return el("section", { class: "facet" }, el("h3", { class: "h3" }, label ? chip(label) : null, title), el("ul", { class: "tops" }, ...f.values.map(([value, n]) => el("li", {},
      el("a", { href: link("/articles", { ...asked, ...href(value) }) }, el("svg", { svg: true, "aria-hidden": "true" }, el("rect", { svg: true, width: `${(100 * n) / max}%`, height: "100%", rx: 2, fill: label ? `var(--${look(label).toLowerCase()}-t)` : "var(--hair)" })), name(value)), el("span", { class: "v" }, grouped(n))))));
  });
  screen.replaceChildren(el("div", { class: "work facets" }, el("section", { class: "queue pad", "aria-label": "Filters", tabindex: "-1" }, form, first.facets?.is_part ? el("p", { class: "note" }, `Counted over ${grouped(first.facets.of)} of them, evenly spread.`) : null, facets.length ? el("details", { class: "facetbox", open: innerWidth > 860 }, el("summary", {}, "What is in them"), ...facets) : null),
    el("main", { class: "reader plain", id: "main", tabindex: "-1" }, el("h1", { class: "title" }, count(first.count ?? 0, "article")), chosen.length ? el("p", { class: "row wrap" }, ...chosen) : null,
      first.articles.length ? null : el("p", { class: "none" }, "No article passes. Take a filter away."), list, moreButton)));
  const reader = screen.querySelector(".reader");
  reader.addEventListener("scroll", () => reader.scrollTop + reader.clientHeight > reader.scrollHeight - 600 && more());
  const move = (by) => {
    const links = [...list.querySelectorAll("a.t")], at = links.indexOf(/** @type {any} */ (document.activeElement));
    links[Math.max(0, Math.min(links.length - 1, at + by))]?.focus();
  };
  return { title: "Articles", actions: { next: () => move(1), previous: () => move(-1) }, wide: true, hints: [["next", "next"], ["previous", "previous"], ["find", "find"]] };
}
