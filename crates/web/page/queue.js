// The review screen: queue, article, decision.

import { el, byId, boxed, chip, count, flat, grouped, link, look, name, say, short, word } from "./dom.js";
import { get } from "./net.js";
import { View, selected, wordsIn, wordsOf } from "./article.js";
import { Outbox, askWhy, card, elsewhere, hints, inside, log, pickName, pickTopics, topicRow } from "./decide.js";
import { ruleBox } from "./rules.js";

const KINDS = [["unsure", "Unsure, by article"], ["least", "Unsure, least sure first"], ["splits", "Same words, different labels"], ["sample", "Random sample, for measuring"],
  ["articles", "One article after another"], ["changed", "Changed since the last model"], ["differ", "Two analysts differ"], ["flagged", "Flagged, and left for later"]];

/** @param {any} screen @param {URLSearchParams} params @param {any} page */
export async function show(screen, params, page) {
  const desk = new Desk(screen, page, params.get("queue") ?? "unsure", params.get("sample"));
  await desk.open(params.get("at"));
  return { title: "Review", actions: desk.actions(), mode: () => desk.mode, hints: hints(page), wide: true, close: () => (desk.isClosed = true) };
}

class Desk {
  constructor(screen, page, kind, sample) {
    this.page = page;
    this.kind = kind;
    this.sample = sample;
    this.isClosed = false;
    /** @type {any[]} */
    this.lines = [];
    this.after = null;
    this.total = 0;
    this.at = -1;
    /** @type {Map<number, any>} */
    this.articles = new Map();
    /** @type {any} */
    this.article = null;
    /** @type {any} */
    this.mention = null;
    this.reach = 0;
    /** @type {((key: string, event: KeyboardEvent) => boolean) | null} */
    this.mode = null;
    this.failed = "";
    this.outbox = page.outbox ?? (page.outbox = new Outbox(page));
    this.since = performance.now();
    /** @type {Map<string, any>} */
    this.found = new Map();
    const select = el("select", { id: "qs", on: { change: () => page.go("/review", { queue: select.value }) } },
      ...KINDS.map(([id, text]) => el("option", { value: id, selected: id === kind }, text)));
    const head = (id, ...content) => el("section", { class: "card", id }, ...content);
    screen.replaceChildren(el("div", { class: "work desk" },
      el("section", { class: "queue", "aria-labelledby": "qh" },
        el("header", {}, el("h2", { id: "qh" }, el("label", { for: "qs" }, "Queue")), select, el("div", { class: "meter", id: "meter", "aria-hidden": "true" }, el("i")), el("p", { id: "progress" })),
        el("ol", { id: "queue", "aria-label": "Mentions to decide", tabindex: "-1" })),
      el("main", { class: "reader", id: "main", tabindex: "-1" }, el("article", { class: "sheet", id: "article", tabindex: "-1" })),
      el("aside", { class: "side", "aria-label": "Decision", tabindex: "-1" }, head("card"), head("kwic"), head("ents"), head("log"))));
    this.view = new View(byId("article"), { unsure: page.corpus.unsure ?? 0.6, choose: (m) => this.choose(m), topics: () => topicRow(this) });
    byId("queue").addEventListener("scroll", (event) => {
      const list = event.target;
      if (list.scrollTop + list.clientHeight > list.scrollHeight - 400) this.more();
    });
  }

  /** @param {string | null} at `ARTICLE` or `ARTICLE.KEY` */
  async open(at) {
    await this.more();
    if (at) {
      const [article, key] = at.split(".");
      const found = this.lines.findIndex((line) => line.article === Number(article) && (key == null || this.key(line) === key));
      if (found >= 0) return this.go(found);
      await this.load(Number(article));
      this.mention = this.article.mentions.find((m) => m.key === key) ?? this.article.mentions[0] ?? null;
      this.lines.unshift(this.lineOf(this.mention));
      this.list();
      return this.go(0);
    }
    if (!this.lines.length) return this.nothing();
    const open = this.lines.findIndex((line) => !this.state(line));
    await this.go(Math.max(0, open));
  }

  /** The next lines. */
  async more() {
    if (this.isLoading || (this.after === null && this.lines.length)) return;
    this.isLoading = true;
    try {
      const { lines, after, total, sample } = await get("queue", { kind: this.kind, after: this.after, sample: this.sample });
      this.sample = sample ?? this.sample;
      const known = new Set(this.lines.map((line) => `${line.article}.${this.key(line)}`));
      const fresh = lines.filter((line) => !known.has(`${line.article}.${this.key(line)}`));
      for (const line of fresh) if (line.blind) this.view.blind.add(`${line.article}.${this.key(line)}`);
      this.lines.push(...fresh);
      this.after = after;
      this.total = total;
      this.list();
    } finally {
      this.isLoading = false;
    }
  }

  nothing() {
    const words = { sample: "No sample has been drawn.", changed: "Nothing has changed since the last model.", differ: "No two analysts differ.", flagged: "Nothing is flagged or left for later.", splits: "No name disagrees with itself." };
    const more = this.kind === "sample" ? el("a", { href: link("/quality") }, "Draw one") : el("a", { href: link("/quality") }, "Measure with a random sample?");
    byId("article").replaceChildren(el("h1", {}, words[this.kind] ?? "Nothing to decide."), el("p", {}, more));
    byId("card").replaceChildren(el("h2", {}, "Nothing to decide"), el("p", { class: "how" }, "Choose another queue."));
    for (const id of ["kwic", "ents", "log"]) byId(id).hidden = true;
    byId("progress").textContent = "empty";
  }

  key(line) {
    return line.key ?? (line.number == null ? "" : String(line.number));
  }

  /** @param {any} line */
  mentionOf(line) {
    return this.articles.get(line.article)?.mentions.find((m) => m.key === this.key(line));
  }

  state(line) {
    const article = this.articles.get(line.article);
    if (line.within) return line.state ?? null;
    if (this.key(line) === "") return article?.state ?? line.state ?? null;
    return (article ? this.mentionOf(line)?.state : line.state) ?? null;
  }

  lineOf(mention) {
    return { article: this.article.article, number: mention?.number ?? null, key: mention?.key ?? "", title: this.article.title, words: mention ? flat(wordsOf(this.article, mention)) : "", label: mention?.label, score: mention?.score ?? 0 };
  }

  // --- The list

  list() {
    const rows = [];
    let last = null;
    for (const line of this.lines) {
      if (line.article !== last && this.kind !== "least" && this.kind !== "articles" && this.kind !== "splits") rows.push(el("li", { class: "a", title: line.title }, name(line.title)));
      last = line.article;
      line.node = el("li", { class: "q" });
      rows.push(line.node);
      this.row(line);
    }
    if (this.after !== null) rows.push(el("li", { class: "more" }, el("button", { type: "button", class: "small", on: { click: () => this.more() } }, "more")));
    byId("queue").replaceChildren(...rows);
    this.progress();
  }

  row(line) {
    const state = this.state(line), current = this.lines[this.at] === line;
    const label = this.mentionOf(line)?.label ?? line.label;
    const sign = { right: "✓", changed: "✓", added: "✓", done: "✓", none: "✗", later: "…", skip: "–" }[state];
    const words = this.key(line) === "" ? line.title : line.words;
    const chips = line.group ? line.group.names.map((x) => chip(x.label, `${x.label} ${x.mentions}`)) : !label ? [] : [line.blind && !state ? el("span", { class: "chip OTHER" }, "?") : chip(label)];
    line.node.className = `q${state && state !== "later" ? " done" : ""}${line.failed ? " failed" : ""}`;
    if (current) line.node.setAttribute("aria-current", "true");
    else line.node.removeAttribute("aria-current");
    const score = line.group ? `≈${line.group.wrong.toFixed(1)}` : line.blind && !state ? "" : this.key(line) === "" ? "" : short(line.score);
    line.node.replaceChildren(el("button", { type: "button", tabindex: current ? "0" : "-1", on: { click: () => this.go(this.lines.indexOf(line)) } },
      el("span", { class: "w" }, name(words || "(no title)")), el("span", { class: "cs" }, ...chips), el("span", { class: "s" }, line.failed ? "!" : sign ?? score)));
  }

  progress() {
    const decided = this.lines.filter((line) => this.state(line) && this.state(line) !== "later").length;
    const total = Math.max(this.total ?? 0, this.lines.length);
    const left = (total - decided) * (this.page.pace ?? 2.5);
    byId("meter").firstChild.style.setProperty("width", `${total ? (100 * decided) / total : 0}%`);
    const time = left < 90 * 60 ? count(Math.ceil(left / 60), "minute") : count(Math.ceil(left / 3600), "hour");
    byId("progress").textContent = `${grouped(decided)} of ${grouped(total)} decided${total - decided ? `, about ${time}${this.kind === "articles" ? "" : " left"}` : ""}`;
  }

  // --- Going

  /** @param {number} id */
  async load(id) {
    let article = this.articles.get(id);
    if (!article) {
      article = await get(`article/${id}`);
      this.articles.set(id, article);
      if (this.articles.size > 40) this.articles.delete(this.articles.keys().next().value);
    }
    this.article = article;
    return article;
  }

  /** @param {number} at @param {boolean} [quietly] */
  async go(at, quietly = false) {
    const before = this.lines[this.at];
    this.at = Math.min(this.lines.length - 1, Math.max(0, at));
    const line = this.lines[this.at];
    if (!line || this.isClosed) return;
    if (before) this.row(before);
    this.row(line);
    this.leave();
    this.reach = 0;
    this.failed = line.failed ?? "";
    this.since = performance.now();
    await this.load(line.article);
    if (this.lines[this.at] !== line) return;
    this.line = line;
    const mentions = this.inOrder();
    const inside = mentions.filter((m) => line.within && m.field === line.within.field && m.start >= line.within.start && m.end <= line.within.end);
    this.view.passage(line.within ?? null);
    this.mention = line.within ? (inside[0] ?? null) : this.key(line) === "" ? (mentions.find((m) => !m.state) ?? mentions[0] ?? null) : (this.mentionOf(line) ?? null);
    this.draw(true);
    if (line.within) this.view.passage(line.within, true);
    line.node.scrollIntoView({ block: "nearest" });
    this.page.replace("/review", { queue: this.kind, sample: this.sample, at: `${line.article}${this.mention ? `.${this.mention.key}` : ""}` });
    if (!quietly && this.mention) say(`${flat(wordsOf(this.article, this.mention))}${this.isBlind() ? "" : `, ${word(this.mention.label)}`}`);
    if (this.at > this.lines.length - 10) this.more();
    this.ahead();
  }

  /** The article of the next line is asked for before it is needed. */
  ahead() {
    const next = this.lines.slice(this.at + 1).find((line) => line.article !== this.article.article);
    if (next && !this.articles.has(next.article)) {
      setTimeout(() => !this.isClosed && get(`article/${next.article}`).then((article) => this.articles.has(next.article) || this.articles.set(next.article, article)).catch(() => {}), 60);
    }
  }

  /** Mentions as they stand in the text. */
  inOrder() {
    return [...(this.article?.mentions ?? [])].sort((a, b) => a.field - b.field || a.start - b.start);
  }

  /** @param {any} mention */
  choose(mention) {
    const found = this.lines.findIndex((line) => line.article === this.article.article && this.key(line) === mention.key);
    if (found >= 0) return this.go(found);
    if (this.kind === "articles") {
      this.mention = mention;
      this.reach = 0;
      this.leave();
      return this.draw(true);
    }
    this.lines.splice(this.at + 1, 0, this.lineOf(mention));
    this.list();
    return this.go(this.at + 1);
  }

  /** The next line that is not decided, or in an article that is read to its end the next mention. @param {number} by */
  step(by, open = false) {
    if (this.kind === "articles" && open) {
      const mentions = this.inOrder(), at = mentions.findIndex((m) => m.key === this.mention?.key);
      const next = mentions.slice(at + 1).find((m) => !m.state);
      if (next) return this.choose(next);
      return this.draw(true);
    }
    let at = this.at + by;
    while (open && this.lines[at] && this.state(this.lines[at])) at += by;
    if (at >= this.lines.length && this.after !== null) return this.more().then(() => this.go(Math.min(at, this.lines.length - 1)));
    if (open && at >= this.lines.length) {
      say("The end of the queue.");
      return this.go(this.at, true);
    }
    return this.go(at);
  }

  mentionStep(by) {
    const mentions = this.inOrder(), at = mentions.findIndex((m) => m.key === this.mention?.key);
    const next = mentions[at + by];
    if (next) this.choose(next);
    else say(by > 0 ? "No more names in this article." : "The first name of this article.");
  }

  articleStep(by) {
    let at = this.at;
    while (this.lines[at]?.article === this.article.article) at += by;
    if (by < 0 && this.lines[at]) while (this.lines[at - 1]?.article === this.lines[at].article) at--;
    if (this.lines[at]) return this.go(at);
    if (by > 0 && this.after !== null) return this.more().then(() => this.lines[at] && this.go(at));
    say(by > 0 ? "No more articles in this queue." : "The first article of this queue.");
  }

  // --- What is drawn

  isBlind() {
    const m = this.mention;
    return m != null && !m.state && this.view.blind.has(m.key);
  }

  draw(move = false) {
    if (!this.article) return;
    this.view.blind = new Set(this.lines.filter((line) => line.blind && line.article === this.article.article && !this.state(line)).map((line) => this.key(line)));
    this.view.show(this.article);
    this.view.point(this.mention?.key ?? "", move);
    this.view.reach(new Set(this.reach > 0 ? this.kin().map((m) => m.key) : []));
    byId("card").replaceChildren(...card(this).filter(Boolean));
    // It would say what is hidden.
    byId("ents").hidden = this.isBlind();
    byId("ents").replaceChildren(...inside(this.article));
    byId("log").replaceChildren(...log(this.page.recent));
    this.kwic();
  }

  async kwic() {
    const { mention, article } = this;
    byId("kwic").hidden = !mention;
    if (!mention) return;
    const words = flat(wordsOf(article, mention));
    const known = this.found.get(words);
    byId("kwic").replaceChildren(...elsewhere(this, known).filter(Boolean));
    if (known) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const found = await get("same", { words }).catch(() => ({ names: [], contexts: [] }));
      this.found.set(words, found);
      if (this.mention === mention && !this.isClosed && !this.mode) {
        byId("kwic").replaceChildren(...elsewhere(this, found).filter(Boolean));
        byId("card").replaceChildren(...card(this).filter(Boolean));
      }
    }, 120);
  }

  /** Mentions of the same words in the article. */
  kin() {
    if (!this.mention) return [];
    const own = flat(wordsOf(this.article, this.mention)).toLowerCase();
    return this.article.mentions.filter((m) => flat(wordsOf(this.article, m)).toLowerCase() === own);
  }

  corpusCount() {
    const found = this.mention && this.found.get(flat(wordsOf(this.article, this.mention)));
    return found ? found.names.reduce((n, x) => n + x.mentions, 0) : null;
  }

  setReach(reach) {
    this.reach = reach;
    this.draw();
    say(["Here", `This article, ${count(this.kin().length, "mention")}`, "Whole corpus"][reach]);
  }

  // --- Deciding

  /**
   * Shows at once what will be, sends it, and takes back what is not on disk.
   * @param {any[]} decisions @param {(m: any) => void} change what becomes of each mention in `of` @param {any[]} of
   */
  send(decisions, change, of) {
    const line = this.lines[this.at], article = this.article;
    const before = of.map((m) => ({ m, was: { ...m } }));
    of.forEach(change);
    if (line) {
      line.failed = "";
      this.row(line);
    }
    const sent = this.outbox.send({ decisions });
    return sent.then((answer) => this.took(answer), (error) => {
      for (const { m, was } of before) Object.assign(m, was);
      if (line) {
        line.failed = error.message;
        this.row(line);
      }
      this.page.error(error);
      if (this.article === article) {
        this.failed = this.lines[this.at] === line ? error.message : "";
        this.draw();
      }
      this.progress();
      throw error;
    });
  }

  /** What the server says of an article is what it is. @param {any} answer */
  took(answer) {
    this.page.took(answer);
    for (const told of answer.articles ?? []) {
      const known = this.articles.get(told.article);
      if (known) Object.assign(known, told);
      for (const line of this.lines) if (line.article === told.article && line.node) this.row(line);
    }
    if (this.isClosed) return answer;
    const key = this.mention?.key;
    this.mention = this.article?.mentions.find((m) => m.key === key) ?? this.mention;
    if (!this.mode && !boxed()) this.draw();
    this.progress();
    return answer;
  }

  body(mention, more) {
    return { article: this.article.article, field: this.article.fields[mention.field].name, start: mention.start, end: mention.end, key: mention.key, shown: mention.label,
      queue: this.from(), ms: Math.round(performance.now() - this.since), ...more };
  }

  /** Where a decision comes from: one in a blind sample counts for the estimate. */
  from() {
    return this.kind === "sample" ? `sample:${this.sample ?? ""}` : this.kind;
  }

  /** @param {string | null} label @param {number} [reach] */
  decide(label, reach = this.reach) {
    const { mention } = this;
    if (!mention || this.page.corpus.read_only) return;
    if (reach === 2) return this.rule(label);
    const of = reach ? this.kin() : [mention];
    const words = flat(wordsOf(this.article, mention));
    this.send([this.body(mention, { op: "mention", say: { label }, reach: reach ? "article" : "here" })], (m) => {
      m.was ??= { label: m.label, score: m.score };
      m.state = label == null ? "none" : label === m.was.label ? "right" : "changed";
      if (label != null) m.label = label;
      m.by = this.page.corpus.analyst;
    }, of).catch(() => {});
    this.page.count(1);
    const said = `${words}, ${label == null ? "not a name" : word(label)}, ${count(of.length, "mention")}`;
    Promise.resolve(this.step(1, true)).then(() => say(`${said}; next: ${this.mention ? flat(wordsOf(this.article, this.mention)) : "nothing"}`));
    this.progress();
  }

  later() {
    if (!this.mention || this.page.corpus.read_only) return this.step(1);
    this.send([this.body(this.mention, { op: "later" })], (m) => (m.state ??= "later"), [this.mention]).catch(() => {});
    return this.step(1, true);
  }

  flag() {
    if (!this.mention) return;
    const on = !this.mention.flag;
    this.send([this.body(this.mention, { op: "flag", on })], (m) => (m.flag = on), [this.mention]).catch(() => {});
    say(on ? "flagged" : "no longer flagged");
    this.draw();
  }

  /** Everything that is left in the article is right, and nothing is missing. */
  done() {
    if (!this.article || this.page.corpus.read_only) return;
    const { article } = this;
    const { within } = this.line ?? {}, line = this.line;
    const isIn = (m) => !within || (m.field === within.field && m.start >= within.start && m.end <= within.end);
    const passage = within ? { field: article.fields[within.field].name, start: within.start, end: within.end } : undefined;
    this.send([{ op: "article", article: article.article, state: "done", within: passage, queue: this.from(), ms: Math.round(performance.now() - this.since) }], (m) => (m.state ??= within ? m.state : "right"),
      article.mentions.filter((m) => !m.state && isIn(m))).catch(() => within && ((line.state = null), this.row(line)));
    if (within) {
      line.state = "done";
      this.row(line);
      this.progress();
      say("Passage done.");
      return this.step(1);
    }
    article.state = "done";
    this.lines.forEach((other) => other.article === article.article && this.row(other));
    say("Article done.");
    return this.articleStep(1);
  }

  async undo(op = "undo") {
    if (this.page.corpus.read_only) return;
    if (this.mode) return this.leave(true);
    try {
      const answer = this.took(await this.outbox.send({ decisions: [{ op }] }));
      say(`${op === "undo" ? "Undone" : "Done again"}: ${answer.undone?.says ?? ""}`);
      this.page.count(op === "undo" ? -1 : 1);
      const place = answer.undone;
      if (place?.article == null) return;
      const found = this.lines.findIndex((line) => line.article === place.article && this.key(line) === place.key);
      if (found >= 0) return this.go(found, true);
      await this.load(place.article);
      const mention = this.article.mentions.find((m) => m.key === place.key);
      if (mention) return this.choose(mention);
      this.mention = null;
      this.draw(true);
    } catch (error) {
      if (error.code === "nothing_to_undo") say(error.message);
      else this.page.error(error);
    }
  }

  redo() {
    return this.undo("redo");
  }

  // --- Edges and new names: a mode has the keys until it is left

  leave(draw = false) {
    if (!this.mode) return;
    this.mode = null;
    byId("modehint")?.remove();
    if (draw) this.draw(true);
  }

  /** @param {any} m @param {string} text @param {(key: string) => boolean} handled */
  enter(m, text, handled) {
    byId("modehint")?.remove();
    byId("main").append(el("p", { id: "modehint", class: "modehint", role: "status" }, text));
    const draw = () => {
      const others = this.article.mentions.filter((other) => other.key !== m.key);
      this.view.show({ ...this.article, mentions: [...others, m] });
      this.view.point(m.key);
      say(flat(this.article.fields[m.field].text.slice(m.start, m.end)));
    };
    this.mode = (key) => {
      if (key === "Escape") {
        this.leave(true);
        return true;
      }
      const taken = handled(key);
      if (taken && this.mode) draw();
      return taken;
    };
    draw();
  }

  edges() {
    if (!this.mention || this.page.corpus.read_only) return;
    const m = { ...this.mention }, text = this.article.fields[m.field].text, words = wordsIn(text);
    const place = { start: m.start, end: m.end };
    this.enter(m, "Edges: ← → end by words, ⇧ start, Alt by characters; Enter keeps, Esc leaves", (key) => {
      const by = key.endsWith("ArrowRight") ? 1 : key.endsWith("ArrowLeft") ? -1 : 0;
      if (key === "Enter") {
        const { mention } = this;
        this.leave();
        if (m.start !== place.start || m.end !== place.end) {
          this.send([this.body(mention, { op: "mention", say: { label: mention.label, start: m.start, end: m.end }, reach: "here" })], () => {}, []).catch(() => {});
        }
        this.draw();
        return true;
      }
      if (!by) return false;
      const isStart = key.includes("Shift");
      if (key.includes("Alt")) {
        const stepped = step(text, isStart ? m.start : m.end, by);
        if (isStart) m.start = Math.min(stepped, m.end - 1);
        else m.end = Math.max(stepped, m.start + 1);
      } else if (isStart) {
        const stops = words.map(([s]) => s).filter((s) => (by > 0 ? s > m.start && s < m.end : s < m.start));
        m.start = (by > 0 ? stops[0] : stops.at(-1)) ?? m.start;
      } else {
        const stops = words.map(([, e]) => e).filter((e) => (by > 0 ? e > m.end : e < m.end && e > m.start));
        m.end = (by > 0 ? stops[0] : stops.at(-1)) ?? m.end;
      }
      return true;
    });
  }

  add() {
    if (!this.article || this.page.corpus.read_only) return;
    const chosen = selected(byId("article"));
    const field = chosen?.field ?? this.mention?.field ?? this.article.fields.findIndex((f) => !f.is_title);
    const words = wordsIn(this.article.fields[field]?.text ?? "");
    if (!words.length) return;
    // The first word behind the mention at hand.
    let at = Math.max(0, words.findIndex(([s]) => s >= (chosen?.start ?? this.mention?.end ?? 0)));
    const m = { key: "new", number: null, field, start: chosen?.start ?? words[at][0], end: chosen?.end ?? words[at][1], label: "NEW", score: 1, zone: "body", entity: null, by: "", state: null };
    getSelection()?.removeAllRanges();
    let last = at;
    const labels = this.page.corpus.labels ?? [];
    const give = (label) => {
      this.leave();
      this.send([{ ...this.body(m, { op: "add", label, reach: "here" }) }], () => {}, []).then((answer) => {
        const told = this.article.mentions.find((other) => other.field === m.field && other.start === m.start && other.end === m.end);
        if (told) this.choose(told);
        return answer;
      }).catch(() => {});
      say(`${flat(this.article.fields[field].text.slice(m.start, m.end))}, ${word(label)}, added`);
    };
    const buttons = el("span", { class: "givers" }, ...labels.slice(0, 9).map((label, i) => el("button", { type: "button", class: `small ${look(label)}`, on: { click: () => give(label) } }, `${i + 1} ${word(label)}`)));
    this.enter(m, "New name: ← → by words, ⇧ → longer, then a label; Esc leaves", (key) => {
      const n = Number(key);
      if (n >= 1 && n <= labels.length) {
        give(labels[n - 1]);
        return true;
      }
      const by = key.endsWith("ArrowRight") ? 1 : key.endsWith("ArrowLeft") ? -1 : 0;
      if (!by) return false;
      if (key.includes("Shift")) last = Math.max(at, Math.min(words.length - 1, last + by));
      else at = last = Math.max(0, Math.min(words.length - 1, (by > 0 ? last : at) + by));
      m.start = words[at][0];
      m.end = words[last][1];
      return true;
    });
    byId("modehint").append(buttons);
  }

  // --- Boxes

  why() {
    askWhy(this);
  }

  note(text) {
    this.outbox.send({ decisions: [{ op: "note", text }] }).then((answer) => this.took(answer), (error) => this.page.error(error));
  }

  async topics() {
    if (!this.article || this.page.corpus.read_only) return;
    const { topics } = await get("topics").catch(() => ({ topics: [] }));
    pickTopics(this, topics);
  }

  setTopics(topics) {
    this.send([{ op: "topics", article: this.article.article, say: topics, queue: this.kind }], () => {}, []).catch(() => {});
    say(`Topics: ${topics.map((t) => t.label).join(", ") || "none"}`);
  }

  merge() {
    if (this.mention && !this.page.corpus.read_only) pickName(this, "same");
  }

  split() {
    if (this.mention && !this.page.corpus.read_only) pickName(this, "different");
  }

  join(kind, own, other, everywhere) {
    const names = [own.name, other.name];
    if (everywhere) return ruleBox(this.page, kind === "same" ? { same: names, label: own.label, name: own.name } : { different: names, label: own.label }, (answer) => this.took(answer));
    this.send([{ op: kind, article: this.article.article, names, label: own.label, name: kind === "same" ? own.name : undefined, queue: this.kind }], () => {}, []).catch(() => {});
    say(`${names[0]} and ${names[1]} are ${kind === "same" ? "one" : "two"}`);
  }

  /** @param {string | null} [label] */
  rule(label = this.mention?.state === "none" ? null : this.mention?.label) {
    if (!this.mention || this.page.corpus.read_only) return;
    const words = flat(wordsOf(this.article, this.mention));
    ruleBox(this.page, { words, label: label ?? null }, (answer) => {
      this.articles.clear();
      this.took(answer);
      this.load(this.article.article).then(() => this.step(1, true));
    });
  }

  actions() {
    const labels = this.page.corpus.labels ?? [];
    const byLabel = Object.fromEntries(labels.slice(0, 9).flatMap((label, i) => [[`label${i + 1}`, () => this.decide(label)], [`label${i + 1}All`, () => this.decide(label, 1)]]));
    const right = (reach) => () => (this.isBlind() ? say("In a blind sample say what it is.") : this.mention && this.decide(this.mention.label, reach ?? this.reach));
    const reading = {
      next: () => this.step(1), previous: () => this.step(-1), nextArticle: () => this.articleStep(1), previousArticle: () => this.articleStep(-1),
      nextMention: () => this.mentionStep(1), previousMention: () => this.mentionStep(-1),
      name: () => {
        const id = this.mention && this.article.entities[this.mention.entity]?.id;
        if (id != null) this.page.go(`/name/${id}`);
      },
    };
    if (this.page.corpus.read_only) return reading;
    return { ...reading, ...byLabel, right: right(), rightAll: right(1), none: () => this.decide(null), noneAll: () => this.decide(null, 1), later: () => this.later(), undo: () => this.undo(),
      redo: () => this.redo(), reach: () => this.setReach((this.reach + 1) % 3), edges: () => this.edges(), add: () => this.add(), done: () => this.done(), rule: () => this.rule(),
      merge: () => this.merge(), split: () => this.split(), topics: () => this.topics(), why: () => this.why(), flag: () => this.flag() };
  }
}

/** One character on, as people count them. @param {string} text @param {number} at @param {number} by */
function step(text, at, by) {
  const cut = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  if (by > 0) return at + ([...cut.segment(text.slice(at, at + 40))][0]?.segment.length ?? 0);
  return at - ([...cut.segment(text.slice(Math.max(0, at - 40), at))].at(-1)?.segment.length ?? 0);
}
