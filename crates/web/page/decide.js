// What can be decided about the mention at hand: by a key, or by the button that does the same.

import { el, chip, count, capital, article as aOr, dialog, flat, look, name, short, word } from "./dom.js";
import { get, once, post } from "./net.js";
import { kbd } from "./keys.js";
import { wordsOf } from "./article.js";

/** @param {number} score */
export const chance = (score) =>
  score < 0.35 ? "more likely wrong than right" : score < 0.65 ? "about as good as a coin toss" : score < 0.85 ? "likely" : score < 0.97 ? "very likely" : "nearly certain";

/** Sends decisions, one request after the other, so that they are on disk in their order. */
export class Outbox {
  /** @param {any} page */
  constructor(page) {
    this.page = page;
    this.waiting = 0;
    this.last = Promise.resolve();
  }

  /**
   * @param {any} body @returns {Promise<any>} the answer; rejects if the decision is not on disk
   */
  send(body) {
    const key = once();
    this.waiting++;
    this.page.pending(this.waiting);
    const sent = this.last.then(() => this.attempt(body, key)).finally(() => {
      this.waiting--;
      this.page.pending(this.waiting);
    });
    this.last = sent.catch(() => {});
    return sent;
  }

  /** A server that does not answer is asked twice: the key makes one decision of both. @param {any} body @param {string} key */
  async attempt(body, key) {
    try {
      return await post("verdicts", body, key);
    } catch (error) {
      if (error.status !== 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 400));
      return post("verdicts", body, key);
    }
  }
}

/** A button with its key. @param {string} id @param {any} text @param {Record<string, any>} attributes @param {(event: Event) => void} click */
export const button = (id, text, attributes, click) =>
  el("button", { type: "button", ...attributes, on: { click } }, id ? kbd(id) : null, el("span", {}, text));

/**
 * The card of the mention at hand.
 * @param {any} desk
 */
export function card(desk) {
  const { article, mention, page, reach } = desk;
  const labels = page.corpus.labels ?? [];
  if (!mention) {
    return [el("h2", {}, "This article"), el("p", { class: "how" }, desk.line ? "No name is chosen." : "Nothing is chosen."),
      article && !page.corpus.read_only ? el("div", { class: "picks" }, button("done", "Nothing is missing: article done", { class: "yes" }, () => desk.done()), button("add", "New name", {}, () => desk.add())) : null];
  }
  const words = flat(wordsOf(article, mention)), blind = desk.isBlind();
  const was = mention.was ?? mention;
  const isRule = mention.by?.startsWith("rule:");
  const how = blind ? ["The model's answer is hidden until you have decided, so that the estimate does not lean on it."]
    : [isRule ? el("span", {}, `Rule ${mention.by.slice(5)} says `, el("b", {}, word(mention.label)), ". ") : null, mention.was || !isRule ? el("span", {}, "The model says ", el("b", {}, word(was.label)), `, ${was.score.toFixed(2)}: ${chance(was.score)}.`) : null,
      mention.state && mention.state !== "later" ? el("span", { class: "now" }, ` Decided by ${mention.by}: ${mention.state === "none" ? "not a name" : word(mention.label)}.`) : null,
      mention.state === "later" ? " Left for later." : null,
      ...(mention.differs ?? []).map((d) => el("span", { class: "differ" }, ` ${d.by}: ${d.label ? word(d.label) : "not a name"}.`))];
  const head = [el("h2", {}, "What is this?"), el("p", { class: `say${desk.failed ? " bad" : ""}`, id: "what" }, name(words, "span")), el("p", { class: "how" }, ...how.filter(Boolean))];
  if (desk.failed) head.push(el("p", { class: "bad", role: "alert" }, `Not decided: ${desk.failed}`));
  if (page.corpus.read_only) return [...head, el("p", { class: "how" }, "This page is for reading: nothing can be decided here.")];
  const picks = el("div", { class: "picks" },
    blind ? null : button("right", `Right, ${aOr(word(mention.label))}`, { class: "yes" }, () => desk.decide(mention.label)),
    ...labels.slice(0, 9).map((label, i) => button(`label${i + 1}`, capital(word(label)), { class: `lab ${look(label)}`, "aria-pressed": String(!blind && mention.label === label) }, () => desk.decide(label))),
    button("none", "Not a name", {}, () => desk.decide(null)), button("later", "Later", {}, () => desk.later()));
  const counts = [1, desk.kin().length, desk.corpusCount()];
  const scope = el("div", { class: "scope", role: "group", "aria-label": "How far the decision reaches" }, ...["Here", "This article", "Whole corpus"].map((text, i) =>
    el("button", { type: "button", "aria-pressed": String(reach === i), on: { click: () => desk.setReach(i) } }, text,
      el("small", {}, i === 0 ? "this mention" : counts[i] == null ? "…" : count(counts[i], "mention")))));
  const small = (id, text, click) => button(id, text, { class: "tool" }, click);
  return [...head, picks, scope, el("div", { class: "tools" }, small("edges", "Edges", () => desk.edges()), small("add", "New name", () => desk.add()),
    small("merge", "Merge", () => desk.merge()), small("split", "Split", () => desk.split()), small("flag", mention.flag ? "Unflag" : "Flag", () => desk.flag()),
    small("why", "Why", () => desk.why()), small("undo", "Undo", () => desk.undo()), small("redo", "Redo", () => desk.redo()), small("rule", "Rule", () => desk.rule())),
    button("done", "Rest is right, article done", { class: "donebutton" }, () => desk.done())];
}

/** Where the same words stand elsewhere. @param {any} desk @param {any} found */
export function elsewhere(desk, found) {
  if (!found) return [el("h2", {}, "The same words"), el("p", { class: "how" }, "…")];
  const others = found.contexts.filter((c) => !(c.article === desk.article?.article && String(c.number) === desk.mention?.key)).slice(0, 5);
  const total = found.names.reduce((n, x) => n + x.mentions, 0);
  const title = !others.length ? "The same words are nowhere else" : `The same words, ${count(total, "mention")}${found.names.length > 1 ? `, labelled ${found.names.length} ways` : ""}`;
  return [el("h2", {}, title), found.names.length > 1 ? el("p", { class: "chips" }, ...found.names.map((x) => el("a", { href: `#/name/${x.id}` }, chip(x.label, `${x.label} ${x.mentions}`)))) : null,
    el("ul", { class: "kwic" }, ...others.map((c) => el("li", {}, el("div", {},
      el("div", { class: "t", dir: "auto" }, `…${c.before.slice(-42)}`, el("b", {}, c.words), `${c.after.slice(0, 52)}…`),
      el("small", {}, c.article === desk.article?.article ? "this article" : name(c.title))), el("span", {}, desk.isBlind() ? "" : chip(c.label)))))];
}

/** Who and what is in the article. @param {any} article */
export function inside(article) {
  const entities = [...article.entities].sort((a, b) => b.salience - a.salience).slice(0, 9);
  return [el("h2", {}, "Who and what is in this article"), el("ul", { class: "ents" }, ...entities.map((e) => el("li", {},
    el("a", { class: "n", href: e.id != null ? `#/name/${e.id}` : null }, name(e.name)), el("span", { class: "c num" }, `${e.mentions.length}×`), chip(e.label))))];
}

/** The last decisions. @param {any[]} recent */
export function log(recent) {
  return [el("h2", {}, "Decisions"), recent?.length
    ? el("ul", { class: "log" }, ...recent.slice(0, 6).map((d, i) => el("li", { class: d.undone ? "undone" : null }, el("span", {}, d.words ? el("b", {}, name(d.words)) : null, ` ${d.says}`),
      el("time", {}, i ? "" : "last"))))
    : el("p", { class: "how" }, "None yet. Each can be undone, also tomorrow.")];
}

/** Topics of the article, to be changed. @param {any} desk */
export function topicRow(desk) {
  const { article, page } = desk;
  const can = !page.corpus.read_only;
  return el("div", { class: "topics", role: "group", "aria-label": "Topics" },
    ...(article?.topics ?? []).map((t) => el("span", { class: "topic" }, name(t.label), t.score != null ? el("span", { class: "p" }, t.by && t.by !== "model" ? t.by : short(t.score)) : null)),
    can && article ? button("topics", "change topics", { class: "add" }, () => desk.topics()) : null);
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

/** The picker of topics: letters toggle. @param {any} desk @param {[string, string, number][]} all */
export function pickTopics(desk, all) {
  const chosen = new Map((desk.article.topics ?? []).map((t) => [t.code, t.label]));
  const known = new Map([...(desk.article.topics ?? []).map((t) => [t.code, t.label]), ...all.map(([code, label]) => [code, label])]);
  const rows = [...known].slice(0, 26).map(([code, label], i) => {
    const box = el("input", { type: "checkbox" });
    box.checked = chosen.has(code);
    box.addEventListener("change", () => (box.checked ? chosen.set(code, label) : chosen.delete(code)));
    return { key: ALPHABET[i], box, node: el("label", { class: "pick" }, el("kbd", { "aria-hidden": "true" }, ALPHABET[i]), box, name(label)) };
  });
  const save = () => {
    box.close();
    desk.setTopics([...chosen].map(([code, label]) => ({ code, label })));
  };
  const box = dialog("Topics of this article", [el("div", { class: "columns" }, ...rows.map((row) => row.node)),
    el("div", { class: "row end" }, el("button", { type: "button", class: "go", on: { click: save } }, el("kbd", {}, "Enter"), "Keep these"))]);
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") {
      event.preventDefault();
      save();
    }
    const row = rows.find((one) => one.key === event.key.toLowerCase());
    if (row) {
      row.box.checked = !row.box.checked;
      row.box.dispatchEvent(new Event("change"));
      event.preventDefault();
    }
  });
  rows[0]?.box.focus();
}

/** Names to merge with, or to split from. @param {any} desk @param {"same"|"different"} kind */
export function pickName(desk, kind) {
  const { article, mention } = desk;
  const own = article.entities[mention.entity] ?? { name: flat(wordsOf(article, mention)), label: mention.label };
  const list = el("ul", { class: "choices", role: "listbox", "aria-label": "Names" });
  const input = el("input", { type: "search", id: "mergefind", autocomplete: "off", placeholder: "Another name" });
  const everywhere = el("input", { type: "checkbox", id: "everywhere" });
  const choose = (other) => {
    box.close();
    desk.join(kind, own, other, everywhere.checked);
  };
  const fill = (entries) => list.replaceChildren(...entries.map((e) => el("li", {}, el("button", { type: "button", class: "choice", on: { click: () => choose(e) } }, name(e.name), chip(e.label), el("span", { class: "num" }, e.note ?? "")))));
  const here = article.entities.filter((e) => e !== own && (kind === "same" || e.label === own.label)).map((e) => ({ ...e, note: `${e.mentions.length}× here` }));
  const forms = kind === "different" ? (own.aliases ?? []).map((alias) => ({ name: alias, label: own.label, note: "a form of it here" })) : [];
  fill([...forms, ...here]);
  let asked = 0;
  input.addEventListener("input", async () => {
    const mine = ++asked, q = input.value.trim();
    if (!q) return fill([...forms, ...here]);
    const found = await get("names", { q, label: own.label });
    if (mine === asked) fill(found.names.map((x) => ({ ...x, note: count(x.mentions, "mention") })));
  });
  const box = dialog(kind === "same" ? `Merge “${own.name}” with` : `“${own.name}” is not`, [
    el("div", { class: "row" }, el("label", { class: "vh", for: "mergefind" }, "Find a name"), input, el("label", { class: "check" }, everywhere, "in the whole corpus, as a rule")), list]);
  input.focus();
}

/** A note on the last decision. @param {any} desk */
export function askWhy(desk) {
  const input = el("input", { type: "text", id: "whytext", maxlength: "1000", autocomplete: "off" });
  const save = () => {
    box.close();
    if (input.value.trim()) desk.note(input.value.trim());
  };
  const box = dialog("Why?", [el("p", { class: "how" }, "A note on your last decision, for whoever asks later."), el("label", { class: "vh", for: "whytext" }, "The reason"), input,
    el("div", { class: "row end" }, el("button", { type: "button", class: "go", on: { click: save } }, el("kbd", {}, "Enter"), "Keep it"))]);
  input.addEventListener("keydown", (event) => event.key === "Enter" && save());
  input.focus();
}

/** The label keys that stand at the foot. @param {any} page */
export const hints = (page) => page.corpus.read_only
  ? [["next", "next"], ["previous", "previous"], ["nextMention", "next name"], ["name", "its page"], ["find", "find"]]
  : [["right", "right"], ["label1", `–${Math.min(9, (page.corpus.labels ?? []).length)} label`], ["none", "not a name"], ["edges", "edges"], ["add", "new name"], ["merge", "merge"], ["reach", "reach"],
    ["later", "later"], ["undo", "undo"], ["done", "rest is right, article done"]];

