// Who, where, what, and how much of it is likely wrong.

import { el, chip, count, grouped, plural, link, name, look } from "./dom.js";
import { get } from "./net.js";
import { kbd } from "./keys.js";
import { bar, curve, months } from "./charts.js";
import { map } from "./map.js";

/** Seconds that a decision takes. */
const SECONDS = 2.5;

/** @param {any} screen @param {URLSearchParams} _params @param {any} page */
export async function show(screen, _params, page) {
  const data = page.still ?? (await get("overview"));
  build(screen, data, page.still ? null : page);
  return { title: "Overview", actions: page.still ? {} : { rule: () => page.go("/review") }, hints: [["rule", "review the least sure"], ["find", "find"]] };
}

/** Links go nowhere in a page that is a file. @param {any} page @param {string} path @param {any} query */
const to = (page, path, query = {}) => (page ? link(path, query) : null);

/** @param {any} screen @param {any} d @param {any} page null in a page that is a file */
export function build(screen, d, page) {
  const wrong = d.wrong_left ?? d.wrong, decided = d.decided ?? 0;
  const nameLink = (x, attributes = {}) => el("a", { href: to(page, `/name/${x.id}`), class: look(x.label ?? ""), ...attributes }, name(x.name));
  const listed = (nodes) => nodes.flatMap((node, i) => (i ? [", ", node] : [node]));
  const most = d.most ?? {};
  const rest = (label) => (d.names[label] ?? 0);
  const rows = [];
  if (most.PER || most.ORG) {
    const shown = (most.PER ?? most.ORG).slice(0, 4);
    const more = [most.PER ? `${grouped(Math.max(0, rest("PER") - shown.length))} more people` : "", most.ORG ? `${grouped(rest("ORG"))} organizations` : ""].filter(Boolean);
    rows.push(["Who", shown.map((x) => nameLink(x)), `and ${more.join(", ")}`]);
  }
  if (most.LOC) rows.push(["Where", most.LOC.slice(0, 6).map((x) => nameLink(x)), rest("LOC") > 6 ? `and ${grouped(rest("LOC") - 6)} more places` : ""]);
  if (d.topics.length) {
    const shown = d.topics.slice(0, 3).map(([code, label]) => el("a", { href: to(page, "/articles", { topic: code }) }, name(label)));
    rows.push(["What", shown, d.topics.length > 3 ? `and ${d.topics.length - 3} more topics` : ""]);
  }
  const names = Object.values(d.names).reduce((n, m) => n + m, 0);
  const gain = el("svg", { svg: true, class: "gain", viewBox: "0 0 420 118", preserveAspectRatio: "none", role: "img" });
  const minutes = Math.ceil((d.half * SECONDS) / 60);
  const time = minutes < 120 ? count(minutes, "minute") : minutes < 48 * 60 ? count(Math.ceil(minutes / 60), "hour") : count(Math.ceil(minutes / 480), "working day");
  const lead = el("div", { class: "lead" },
    el("div", {},
      el("h1", {}, name(d.name), `: ${count(d.articles, "article")}, ${count(d.mentions, "mention")} of ${count(names, "name")}`),
      el("p", {}, page ? "Nothing leaves this machine." : "A page that stands for itself: made by dateline export --to page.", decided ? ` ${count(decided, "decision")} so far.` : ""),
      el("dl", { class: "short" }, ...rows.map(([k, nodes, more]) => el("div", {}, el("dt", {}, k), el("dd", {}, ...listed(nodes), ` ${more}`))))),
    el("section", { class: "start", "aria-labelledby": "sh" },
      el("h2", { id: "sh" }, d.mentions ? `About ${grouped(Math.round(wrong))} of ${grouped(d.mentions)} mentions are wrong` : "Nothing was found"),
      el("p", {}, d.mentions ? `By the model's own scores${decided ? ", less what has been decided" : ""}. The ${grouped(d.half)} least sure hold half of them: some ${time} of work.` : "No article has a name in it."), gain,
      page ? el("div", {}, el("a", { class: "go", href: link("/review") }, kbd("rule"), "Review the least sure"), el("a", { class: "alt", href: link("/quality") }, "or draw a random sample")) : null));
  if (d.mentions) {
    curve(gain, d.curve, d.half / d.mentions, `Share of expected errors found against mentions looked at, least sure first: half after ${d.half} of ${d.mentions}.`);
  } else gain.remove();

  const labels = ["PER", "ORG", "LOC", ...Object.keys(most).filter((l) => !["PER", "ORG", "LOC", "MISC"].includes(l))].filter((l) => most[l]);
  const list = (label) => {
    const max = most[label][0].mentions;
    return el("div", {}, el("h3", { class: "h3" }, chip(label), plural(label)), el("ol", { class: "names" }, ...most[label].map((x, i) => el("li", {},
      el("span", { class: "k", "aria-hidden": "true" }, String(i + 1)),
      el("a", { href: to(page, `/name/${x.id}`), title: `${count(x.mentions, "mention")}, about ${x.wrong.toFixed(1)} of them wrong` },
        bar(x.mentions / max, 1 - x.wrong / x.mentions, `var(--${look(label).toLowerCase()}-t)`), name(x.name)),
      el("span", { class: "v" }, grouped(x.mentions), el("small", {}, ` · ${grouped(x.articles)}`))))));
  };
  const band = (id, title, note, ...content) => el("section", { class: "band", "aria-labelledby": id }, el("header", {}, el("h2", { id }, title), note ? el("p", { id: `${id}n` }, note) : null), ...content);
  const bands = [];
  if (labels.length) bands.push(band("b1", "Most named", "By mentions, then articles. Hatched: the part that the model is not sure of.", el("div", { class: "three" }, ...labels.map(list))));
  if (d.splits.length) bands.push(band("b2", "Names that disagree with themselves", "The same words under several labels. One decision settles each.", splits(d.splits, page)));

  const left = [], right = [];
  if (most.LOC) {
    const svg = el("svg", { svg: true, class: "map", viewBox: "6 4 948 420", role: "img", "aria-labelledby": "b3 b3n" });
    map(svg, d.places, page ? (id) => page.go(`/name/${id}`) : null);
    const linked = d.places.some((place) => place.linked);
    left.push(band("b3", "Where", `${d.places.length} of the ${grouped(d.places_looked_for)} most frequent places found by ${linked ? "their links" : "name"}`, svg,
      el("p", { class: "note" }, `Land and countries: Natural Earth, public domain. Towns: GeoNames, CC BY 4.0.${linked ? "" : " A place is drawn by its name alone; ring: several places have that name."}`)));
  }
  if (d.months.length > 1) {
    const svg = el("svg", { svg: true, class: "when", viewBox: "0 0 600 96", role: "img", "aria-labelledby": "b6" });
    months(svg, d.months);
    left.push(band("b6", "When", d.dated < d.articles ? `${grouped(d.dated)} of ${grouped(d.articles)} articles carry a date` : "", svg));
  }
  if (d.topics.length) {
    const max = d.topics[0][2];
    right.push(band("b4", "About what", "articles", el("ul", { class: "tops" }, ...d.topics.slice(0, 17).map(([code, label, n]) =>
      el("li", {}, el("a", { href: to(page, "/articles", { topic: code }) }, bar(n / max, 1, "var(--hair)"), name(label)), el("span", { class: "v" }, grouped(n)))))));
  }
  if (left.length || right.length) bands.push(el("div", { class: left.length && right.length ? "mapgrid" : "" }, el("div", {}, ...left), el("div", {}, ...right)));
  if (d.together.length) {
    bands.push(band("b5", "Seen together", "Names that share the most sentences with each person.", el("ul", { class: "with" }, ...d.together.slice(0, 10).map((x) => el("li", {},
      el("span", { class: "who" }, el("a", { href: to(page, `/name/${x.id}`) }, name(x.name))),
      ...x.with.slice(0, 4).map((co) => el("span", { class: `co ${look(co.label)}`, title: `${count(co.sentences, "sentence")}; ${co.lift.toFixed(1)} times as often as by chance` }, el("i", {}, name(co.name)), el("small", {}, grouped(co.sentences)))))))));
  }
  screen.replaceChildren(el("main", { class: "over", id: "main", tabindex: "-1" }, lead, ...bands));
}

/** @param {any[]} groups @param {any} page */
function splits(groups, page) {
  return el("div", { class: "scrollx", tabindex: "0", role: "group", "aria-label": "Names that disagree with themselves" }, el("table", { class: "split" },
    el("thead", {}, el("tr", {}, ...["Words", "Labels", "Mentions", "Likely wrong", "One of them"].map((t, i) => el("th", { scope: "col", class: i === 4 ? "ctx" : null }, t)))),
    el("tbody", {}, ...groups.map((g) => el("tr", {},
      el("th", { scope: "row", class: "n" }, el("a", { href: to(page, "/review", { queue: "splits", at: g.at ? `${g.at.article}.${g.at.number}` : null }) }, name(g.words ?? g.folded))),
      el("td", {}, ...g.names.map((x) => chip(x.label, `${x.label} ${grouped(x.mentions)}`))),
      el("td", {}, grouped(g.mentions)), el("td", {}, `≈ ${g.wrong.toFixed(1)}`),
      el("td", { class: "ctx" }, ...(g.example ? [el("bdi", { dir: "auto" }, `…${g.example.before}`, el("b", {}, g.example.words), `${g.example.after}…`)] : [])))))));
}
