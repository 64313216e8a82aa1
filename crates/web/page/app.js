// Which screen is shown, and what all of them share: the bar at the top, the keys at the foot, what is said of decisions.

import { byId, count, el, link, name, say, chip } from "./dom.js";
import { Refused, begin, get, keep } from "./net.js";
import { areOff, help, kbd, listen } from "./keys.js";
import { Outbox } from "./decide.js";
import * as overview from "./overview.js";
import * as queue from "./queue.js";
import * as names from "./names.js";
import * as articles from "./articles.js";
import * as rules from "./rules.js";
import * as quality from "./quality.js";
import * as exports from "./export.js";

/** Addresses, what shows them, and their place in the bar. */
const SCREENS = [["/", overview, "Overview"], ["/review", queue, "Review"], ["/names", names, "Names"], ["/articles", articles, "Articles"], ["/rules", rules, "Rules"], ["/quality", quality, "Quality"], ["/export", exports, "Export"]];

/** @type {any} */
let shown = {};
let number = 0;

/** What a screen may ask of the page. */
const page = {
  /** @type {any} */
  corpus: {},
  /** @type {any[]} */
  recent: [],
  /** @type {any} */
  outbox: null,
  decisions: 0,
  /** @type {number | null} */
  pace: null,
  /** @param {string} path @param {any} [query] */
  go(path, query = {}) {
    const to = link(path, query);
    if (location.hash === to) page.reload();
    else location.hash = to;
  },
  /** The address of what is shown, without showing anything. @param {string} path @param {any} query */
  replace(path, query) {
    history.replaceState(null, "", link(path, query));
  },
  reload: () => route(),
  /** @param {any} error */
  error(error) {
    if (error.status === 401) return askToken();
    const box = byId("trouble") ?? document.body.insertBefore(el("div", { id: "trouble", class: "trouble", role: "alert" }), byId("screen"));
    box.replaceChildren(el("b", {}, error.message ?? String(error)), error.hint ? ` ${error.hint}` : "", el("button", { type: "button", class: "small", on: { click: () => box.remove() } }, "Close"));
    if (error.code === "records_changed") document.body.classList.add("stopped");
  },
  /** So many more decisions will be on disk. @param {number} by */
  count(by) {
    page.decisions = Math.max(0, page.decisions + by);
    page.pending(page.waiting);
  },
  waiting: 0,
  /** @param {number} waiting */
  pending(waiting) {
    page.waiting = waiting;
    const saved = byId("saved");
    if (page.corpus.read_only) saved.replaceChildren("For reading only");
    else if (waiting) saved.replaceChildren(`${count(page.decisions, "decision")}, writing…`);
    else if (page.decisions) saved.replaceChildren(el("b", { "aria-hidden": "true" }, "✓ "), `${count(page.decisions, "decision")}, all on disk`);
    else saved.replaceChildren("Every decision is written at once");
  },
  /** What the server says after a decision. @param {any} answer */
  took(answer) {
    if (answer.recent) page.recent = answer.recent;
    if (answer.total != null && page.waiting <= 1) page.decisions = answer.total;
    page.pending(page.waiting);
    byId("trouble")?.remove();
    return answer;
  },
};
page.outbox = new Outbox(page);

async function route() {
  const mine = ++number;
  shown.close?.();
  const [path, query] = location.hash.replace(/^#/, "").split("?");
  const params = new URLSearchParams(query ?? "");
  const isName = path.startsWith("/name/");
  const found = SCREENS.find(([at]) => at === path) ?? (isName ? SCREENS[2] : SCREENS[0]);
  const screen = el("div", { id: "screen", "aria-busy": "true" });
  byId("nav").replaceChildren(...SCREENS.map(([at, , title]) => el("li", {}, el("a", { href: `#${at}`, "aria-current": at === found[0] ? "page" : null }, String(title)))));
  try {
    const next = await /** @type {any} */ (found[1]).show(shownIn(screen), params, page, isName ? path.slice(6) : undefined);
    if (mine !== number) return next.close?.();
    shown = next;
  } catch (error) {
    if (mine !== number) return;
    if (error.code === "not_ready") return wait();
    if (error.status === 401) return askToken();
    shown = { title: "Trouble", actions: {}, hints: [] };
    byId("screen").replaceChildren(el("main", { class: "over", id: "main", tabindex: "-1" }, el("h1", { class: "title" }, error.status === 404 ? "There is nothing under this address" : "That did not work"),
      el("p", { class: "how" }, error.message), error.hint ? el("p", {}, error.hint) : null, el("p", {}, el("a", { href: "#/" }, "Overview"))));
    if (!(error instanceof Refused)) console.error(error);
  }
  byId("screen").removeAttribute("aria-busy");
  document.title = `${shown.title} – ${page.corpus.name ?? ""} – dateline`;
  foot();
}

/** The new screen takes the place of the old one at once, so that a screen can find its parts. @param {any} screen */
function shownIn(screen) {
  byId("screen").replaceWith(screen);
  document.body.classList.remove("ready");
  return screen;
}

function foot() {
  const help = el("button", { type: "button", class: "plainkey", on: { click: openHelp } }, kbd("help"), "all keys");
  byId("keys").replaceChildren(...(areOff() ? [el("span", {}, "Keys are switched off")] : (shown.hints ?? []).map(([id, text]) => el("span", {}, kbd(id), text))), el("span", { class: "gap" }, help));
}

const openHelp = () => help(foot);

/** Until the index is there. */
async function wait() {
  shown = { title: "Getting ready", actions: {}, hints: [] };
  const bar = el("progress", { max: "100", "aria-label": "Index" }), text = el("p", { class: "how", role: "status" });
  byId("screen").replaceChildren(el("main", { class: "over", id: "main", tabindex: "-1" }, el("h1", { class: "title" }, "The index is being made"), el("p", {}, "Once for these records. About twenty seconds for a million articles."), bar, text));
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    let corpus;
    try {
      corpus = await get("corpus");
    } catch (error) {
      return page.error(error);
    }
    const state = corpus.index;
    if (state.state === "ready") {
      page.corpus = corpus;
      return route();
    }
    if (state.state === "failed") {
      text.textContent = state.message;
      text.className = "bad";
      return;
    }
    if (state.state === "building") {
      bar.value = state.of ? (100 * state.bytes) / state.of : 0;
      text.textContent = `${count(state.articles, "article")} read`;
    } else if (state.state === "counting") text.textContent = "Counting…";
  }
}

/** Without its token the page may ask nothing. */
function askToken() {
  const input = el("input", { type: "password", id: "token", autocomplete: "off", size: "40" });
  const form = el("form", { on: { submit: (event) => { event.preventDefault(); keep(input.value.replace(/^.*#t=/, "")); start(); } } }, el("label", { for: "token" }, "Token"), input, el("button", { type: "submit", class: "go" }, "Open"));
  byId("screen").replaceChildren(el("main", { class: "over ask", id: "main", tabindex: "-1" }, el("h1", { class: "title" }, "This page needs its token"), el("p", {}, "It stands behind #t= in the address that dateline review printed."), form));
  document.title = "Token – dateline";
  input.focus();
}

function finder() {
  const input = byId("find"), list = byId("found");
  let asked = 0;
  const hide = () => (list.hidden = true);
  input.addEventListener("input", async () => {
    const mine = ++asked, q = input.value.trim();
    if (q.length < 1) return hide();
    const found = await get("names", { q }).catch(() => ({ names: [] }));
    if (mine !== asked) return;
    list.replaceChildren(...found.names.slice(0, 8).map((x) => el("li", {}, el("a", { href: link(`/name/${x.id}`), on: { click: hide } }, name(x.name), chip(x.label), el("span", { class: "num" }, String(x.mentions))))),
      el("li", {}, el("a", { href: link("/articles", { q }), on: { click: hide } }, "articles with these words")));
    list.hidden = false;
  });
  byId("findform").addEventListener("submit", (event) => {
    event.preventDefault();
    hide();
    page.go("/articles", { q: input.value.trim() });
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") list.querySelector("a")?.focus();
    if (event.key === "Escape") hide();
  });
  list.addEventListener("keydown", (event) => {
    const links = [...list.querySelectorAll("a")], at = links.indexOf(/** @type {any} */ (document.activeElement));
    const to = event.key === "ArrowDown" ? at + 1 : event.key === "ArrowUp" ? at - 1 : null;
    if (event.key === "Escape") {
      hide();
      input.focus();
    }
    if (to == null) return;
    event.preventDefault();
    (links[to] ?? input).focus();
  });
  document.addEventListener("click", (event) => /** @type {any} */ (event.target).closest?.(".find") || hide());
}

function themes() {
  const root = document.documentElement, stored = localStorage.getItem("dateline-theme");
  if (stored === "dark" || stored === "light") root.dataset.theme = stored;
  byId("theme").addEventListener("click", () => {
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    localStorage.setItem("dateline-theme", root.dataset.theme);
  });
}

/** What others decide is told here as it happens. */
async function follow() {
  let after = page.corpus.events ?? 0;
  for (;;) {
    try {
      const found = await get("events", { after });
      if (found.after > after && found.others) say(`${count(found.others, "decision")} of others`);
      after = found.after;
    } catch (error) {
      if (error.status === 404 || error.status === 401) return;
      await new Promise((resolve) => setTimeout(resolve, 3000));
    }
  }
}

async function start() {
  try {
    page.corpus = await get("corpus");
  } catch (error) {
    return error.status === 401 ? askToken() : page.error(error);
  }
  page.decisions = page.corpus.decisions ?? 0;
  page.recent = page.corpus.recent ?? [];
  page.pace = page.corpus.pace ?? null;
  page.pending(0);
  await (page.corpus.index.state === "ready" ? route() : wait());
}

themes();
finder();
listen(() => ({ find: () => byId("find").focus(), overview: () => page.go("/"), help: openHelp, ...shown.actions }), () => shown.mode?.() ?? null);
try {
  await begin();
} catch (error) {
  page.error(error);
}
addEventListener("hashchange", () => page.corpus.name && route());
await start();
if (page.corpus.events != null) follow();
