// The text of an article with its names marked.
//
// A mark is an element, so that it can be focused, clicked and heard; a paragraph out of sight costs nothing. Where marks overlap the text is
// cut at every boundary. What changes after a decision is the class of some marks: the text is built once.

import { el, letter, look, word, count, name } from "./dom.js";

/**
 * @typedef {{number: number|null, field: number, start: number, end: number, label: string, score: number, zone: string, entity: number|null,
 *   by: string, state: string|null, was?: {label: string, score: number}|null, flag?: boolean, differs?: any[], key: string}} Mention
 */

const ZONES = { byline: "byline", dateline: "dateline", caption: "caption", boilerplate: "page furniture" };

/** What a mark looks like, and what is heard after its words. @param {Mention} m @param {number} unsure @param {boolean} blind */
export function looks(m, unsure, blind) {
  const isUnsure = m.state == null && m.score <= unsure;
  const kind = blind ? "BLIND" : look(m.label);
  const states = { right: "yes", changed: "yes", added: "yes", none: "no", later: "later" };
  const classes = [kind, m.state ? (states[m.state] ?? "") : isUnsure ? "unsure" : "", m.flag ? "flagged" : "", m.differs?.length ? "differs" : ""];
  const heard = blind ? "name to decide" : m.state === "none" ? "not a name" : word(m.label);
  const more = m.state === "later" ? ", left for later" : m.state ? ", decided" : isUnsure && !blind ? ", unsure" : "";
  return { classes: classes.filter(Boolean).join(" "), letter: blind ? "" : letter(m.label), heard: ` (${heard}${more}) ` };
}

/** A view of one article. `choose(mention)` is called on a click. */
export class View {
  /** @param {any} root @param {{unsure: number, choose: (m: Mention) => void, topics?: () => any}} options */
  constructor(root, options) {
    this.root = root;
    this.options = options;
    /** @type {any} */
    this.article = null;
    /** @type {Map<string, any[]>} */
    this.marks = new Map();
    this.shape = "";
    this.here = "";
    this.blind = new Set();
  }

  /** Shows an article, or what has changed in it. @param {any} article */
  show(article) {
    const shape = `${article.article}|${article.mentions.map((m) => `${m.field}:${m.start}-${m.end}`).join(",")}`;
    this.article = article;
    if (shape !== this.shape) {
      this.shape = shape;
      this.build();
    }
    this.refresh();
    this.topics?.replaceWith((this.topics = this.topicRow()));
  }

  build() {
    const { article } = this;
    this.marks.clear();
    const words = article.fields.reduce((n, f) => n + (f.text.match(/\S+/g)?.length ?? 0), 0);
    const meta = el("p", { class: "meta" }, name(article.id, "span"), article.source && article.source !== article.id ? name(article.source, "span") : null,
      article.date ? el("span", {}, article.date.slice(0, 10)) : null, el("span", {}, count(words, "word")), el("span", {}, count(article.entities.length, "name")),
      article.url ? el("a", { href: article.url, rel: "noopener noreferrer", target: "_blank" }, "source") : null);
    const parts = [meta];
    this.topics = this.topicRow();
    let hasHead = false;
    article.fields.forEach((field, at) => {
      const inField = article.mentions.filter((m) => m.field === at).sort((a, b) => a.start - b.start || b.end - a.end);
      let next = 0, p = 0;
      for (const piece of field.text.split(/(\r?\n[\r\n\s]*)/)) {
        const start = p;
        p += piece.length;
        if (!piece.trim()) continue;
        // Marks of this paragraph; one that crosses its end is cut there.
        const here = [];
        while (next < inField.length && inField[next].start < p) here.push(inField[next++]);
        const zones = field.zones.filter(([, from, to]) => from < p && to > start);
        const whole = zones.find(([, from, to]) => from <= start + piece.search(/\S/) && to >= p - (piece.length - piece.trimEnd().length))?.[0];
        const isHead = whole === "headline" || field.is_title;
        const children = this.marked(field.text, here, start, p);
        if (isHead) {
          const head = el(hasHead ? "h2" : "h1", { class: "headline", dir: "auto" }, ...children);
          Object.assign(head, { field: at, from: start });
          parts.push(head);
          if (!hasHead) parts.push(this.topics);
          hasHead = true;
          continue;
        }
        const notes = [...new Set(zones.map(([zone]) => ZONES[zone]).filter(Boolean))];
        const paragraph = el("p", { class: whole ?? "body", dir: "auto" }, notes.length ? el("span", { class: "z" }, notes.join(", ")) : null, ...children);
        parts.push(Object.assign(paragraph, { field: at, from: start }));
      }
    });
    if (!hasHead) {
      parts.splice(1, 0, el("h1", { class: "headline vh" }, article.title || "Article without a headline"), this.topics);
    }
    if (article.warnings?.length) parts.push(el("p", { class: "note" }, article.warnings.join(" · ")));
    this.root.replaceChildren(...parts);
    this.root.parentElement.scrollTop = 0;
  }

  /** @param {string} text @param {Mention[]} mentions @param {number} from @param {number} to */
  marked(text, mentions, from, to) {
    const out = [];
    if (!mentions.length) return [text.slice(from, to)];
    const ends = new Set([from, to]);
    for (const m of mentions) ends.add(Math.max(from, m.start)).add(Math.min(to, m.end));
    const cuts = [...ends].sort((a, b) => a - b);
    let open = [], next = 0;
    for (let i = 0; i + 1 < cuts.length; i++) {
      const [s, e] = [cuts[i], cuts[i + 1]];
      open = open.filter((m) => m.end > s);
      while (next < mentions.length && mentions[next].start <= s) open.push(mentions[next++]);
      open = open.filter((m) => m.end > s);
      if (!open.length) {
        out.push(text.slice(s, e));
        continue;
      }
      // Of several the shortest is on top: it is the one that could not be reached otherwise.
      const top = open.reduce((a, b) => (b.end - b.start < a.end - a.start ? b : a));
      const isLast = e >= Math.min(to, top.end);
      const mark = el("mark", { tabindex: "-1" }, text.slice(s, e));
      if (isLast) mark.append(el("span", { class: "vh" }));
      mark.mention = top.key;
      mark.isLast = isLast;
      mark.isOver = open.length > 1;
      for (const m of open) this.marks.set(m.key, [...(this.marks.get(m.key) ?? []), mark]);
      out.push(mark);
    }
    return out;
  }

  /** Gives every mark the look of its mention. */
  refresh() {
    const { unsure, choose } = this.options;
    for (const m of this.article.mentions) {
      const blind = this.blind.has(m.key);
      const look = looks(m, unsure, blind);
      for (const mark of this.marks.get(m.key) ?? []) {
        if (mark.mention !== m.key) continue;
        mark.className = look.classes + (mark.isOver ? " over" : "") + (mark.isLast ? "" : " cut");
        if (mark.isLast) {
          mark.dataset.l = look.letter;
          mark.lastChild.textContent = look.heard;
        }
        mark.onclick = () => choose(this.article.mentions.find((other) => other.key === m.key) ?? m);
      }
    }
    this.point(this.here, false);
  }

  /** Makes one mention the one that is decided. @param {string} key @param {boolean} [move] whether to bring it into sight and give it the focus */
  point(key, move = true) {
    for (const old of this.root.querySelectorAll("mark.here,mark[tabindex='0']")) {
      old.classList.remove("here");
      old.tabIndex = -1;
    }
    this.here = key;
    const marks = this.marks.get(key) ?? [];
    for (const mark of marks) mark.classList.add("here");
    const first = marks[0];
    if (!first) return;
    first.tabIndex = 0;
    if (!move) return;
    first.scrollIntoView({ block: "center" });
    const active = document.activeElement;
    if (!active?.matches("input,textarea,select") && !document.querySelector("dialog[open]")) first.focus({ preventScroll: true });
  }

  /** Frames the others that a decision reaches. @param {Set<string>} keys */
  reach(keys) {
    for (const old of this.root.querySelectorAll("mark.kin")) old.classList.remove("kin");
    for (const key of keys) if (key !== this.here) for (const mark of this.marks.get(key) ?? []) mark.classList.add("kin");
  }

  /** Shows which part of the text is to be read to its end. @param {{field: number, start: number, end: number} | null} within @param {boolean} [move] */
  passage(within, move = false) {
    let first = null;
    for (const block of this.root.querySelectorAll("p,h1,h2")) {
      if (block.from == null) continue;
      const length = block.textContent.length;
      const isIn = within && block.field === within.field && block.from < within.end && block.from + length > within.start;
      block.classList.toggle("passage", Boolean(isIn));
      block.classList.toggle("outside", Boolean(within) && !isIn);
      if (isIn) first ??= block;
    }
    if (move) first?.scrollIntoView({ block: "start" });
  }

  topicRow() {
    return this.options.topics?.() ?? el("div", { class: "topics" });
  }
}

/** What is selected in the text: the field and its positions there; null if nothing is. @param {any} root */
export function selected(root) {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const at = (node, offset) => {
    const block = (node instanceof Element ? node : node.parentElement)?.closest("p,h1,h2");
    if (!block || block.from == null || !root.contains(block)) return null;
    const before = document.createRange();
    before.setStart(block, 0);
    before.setEnd(node, offset);
    const copy = before.cloneContents();
    // What is heard or stands in the margin is no part of the text.
    for (const extra of copy.querySelectorAll(".vh,.z")) extra.remove();
    return { field: block.field, at: block.from + copy.textContent.length };
  };
  const [start, end] = [at(range.startContainer, range.startOffset), at(range.endContainer, range.endOffset)];
  if (!start || !end || start.field !== end.field || end.at <= start.at) return null;
  return { field: start.field, start: start.at, end: end.at };
}

/** The words of a mention. @param {any} article @param {{field: number, start: number, end: number}} m */
export const wordsOf = (article, m) => article.fields[m.field].text.slice(m.start, m.end);

/** Boundaries of the words of a text, for a cursor that goes by words. @param {string} text @returns {number[][]} */
export function wordsIn(text) {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]+(?:['’.&-][\p{L}\p{N}\p{M}]+)*\.?/gu)].map((found) => {
    // A full stop belongs to a word only inside of one, as in U.S.
    const isShort = /\.$/.test(found[0]) && !/[.].*[.]$/.test(found[0]);
    return [found.index, found.index + found[0].length - (isShort ? 1 : 0)];
  });
}
