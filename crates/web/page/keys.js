// Which key does what. Keys can be changed and switched off; what they do has a button too.

import { el, dialog, boxed } from "./dom.js";

/** @typedef {{id: string, keys: string[], does: string}} Action */

/** @type {Action[]} */
export const ACTIONS = [
  { id: "right", keys: ["A", "Enter"], does: "Right, and on to the next" },
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ({ id: `label${n}`, keys: [`${n}`], does: `It is label ${n}, and on to the next` })),
  { id: "none", keys: ["X"], does: "Not a name, and on to the next" },
  { id: "later", keys: ["Space"], does: "Later, and on to the next" },
  { id: "undo", keys: ["U", "Backspace", "Ctrl Z"], does: "Undo, and go back to it" },
  { id: "redo", keys: ["Shift U", "Ctrl Shift Z"], does: "Redo" },
  { id: "reach", keys: ["S"], does: "How far the decision reaches: here, article, corpus" },
  { id: "rightAll", keys: ["Shift A"], does: "Right, in the whole article" },
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ({ id: `label${n}All`, keys: [`Shift ${n}`], does: `It is label ${n}, in the whole article` })),
  { id: "noneAll", keys: ["Shift X"], does: "Not a name, in the whole article" },
  { id: "edges", keys: ["E"], does: "Move its edges: ← → the end by words, Shift the start, Alt by characters; Enter" },
  { id: "add", keys: ["N"], does: "A name that is not marked: ← → by words, Shift → longer, then a label" },
  { id: "done", keys: ["Shift Enter"], does: "The rest is right and nothing is missing: article done, next" },
  { id: "next", keys: ["J", "ArrowDown"], does: "Next line of the queue" },
  { id: "previous", keys: ["K", "ArrowUp"], does: "Previous line of the queue" },
  { id: "nextArticle", keys: ["]"], does: "Next article" },
  { id: "previousArticle", keys: ["["], does: "Previous article" },
  { id: "nextMention", keys: ["."], does: "Next name in the article, decided or not" },
  { id: "previousMention", keys: [","], does: "Previous name in the article" },
  { id: "find", keys: ["/"], does: "Find a name or words" },
  { id: "overview", keys: ["O"], does: "Overview" },
  { id: "name", keys: ["G"], does: "This name's page" },
  { id: "rule", keys: ["R"], does: "A rule for the corpus, with a preview; Enter makes it" },
  { id: "merge", keys: ["M"], does: "Merge with another name" },
  { id: "split", keys: ["D"], does: "Split off: two names that are not one" },
  { id: "topics", keys: ["T"], does: "Topics of the article: letters toggle" },
  { id: "why", keys: ["W"], does: "Why: a note on the last decision" },
  { id: "flag", keys: ["F"], does: "Flag for a second look" },
  { id: "help", keys: ["?"], does: "All keys" },
];

const KEY = "dateline-keys";
/** @type {{off?: boolean, keys?: Record<string, string[]>}} */
let settings = {};
try {
  settings = JSON.parse(localStorage.getItem(KEY) ?? "{}");
} catch {
  settings = {};
}
const keep = () => localStorage.setItem(KEY, JSON.stringify(settings));

/** The keys of an action, as they are now. @param {string} id */
export const keysOf = (id) => settings.keys?.[id] ?? ACTIONS.find((action) => action.id === id)?.keys ?? [];
export const areOff = () => settings.off === true;

/** How a key is called: `Shift U`, `Ctrl Z`, `ArrowDown`, `?`. @param {KeyboardEvent} event */
export function called(event) {
  const digit = /^Digit(\d)$/.exec(event.code ?? "")?.[1];
  const isLetter = /^\p{L}$/u.test(event.key);
  const key = event.key === " " ? "Space" : digit && (event.shiftKey || event.key === digit) ? digit : isLetter ? event.key.toUpperCase() : event.key;
  const isSign = key.length === 1 && !isLetter && !/\d/.test(key);
  return [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", event.shiftKey && !isSign ? "Shift" : "", key]
    .filter(Boolean).join(" ");
}

/** @param {Event} event */
const isTyping = (event) => {
  const target = /** @type {any} */ (event.target);
  return target instanceof Element && target.matches("input:not([type=checkbox],[type=radio]),textarea,select,[contenteditable]");
};

/**
 * Calls what `actions()` has for the key. On a button or a link Enter and Space are the browser's.
 * @param {() => Record<string, (event: KeyboardEvent) => void>} actions
 * @param {() => ((key: string, event: KeyboardEvent) => boolean) | null} mode takes a key before any action does
 */
export function listen(actions, mode) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || boxed() || event.isComposing) return;
    const target = /** @type {any} */ (event.target);
    if (isTyping(event)) {
      if (event.key === "Escape") target.blur();
      return;
    }
    const key = called(event);
    const taken = mode();
    if (taken?.(key, event)) {
      event.preventDefault();
      return;
    }
    if (areOff() && key !== "?") return;
    if ((key === "Enter" || key === "Space") && target instanceof Element && target.closest("a,button,summary,label,input,[role=option]")) return;
    const known = actions();
    const action = ACTIONS.find((one) => keysOf(one.id).includes(key) && known[one.id]);
    if (!action) return;
    event.preventDefault();
    known[action.id](event);
  });
}

/** Keys as they are shown. @param {string} key */
export const shown = (key) => key.replace("Shift ", "⇧ ").replace("ArrowDown", "↓").replace("ArrowUp", "↑").replace("Backspace", "⌫");

/** @param {string} id */
export const kbd = (id) => el("kbd", { "aria-hidden": "true" }, shown(keysOf(id)[0] ?? "–"));

/** All keys, to be searched, changed and switched off. @param {() => void} changed */
export function help(changed) {
  const rows = el("tbody");
  const search = el("input", { type: "search", id: "keysearch", autocomplete: "off", placeholder: "Find a key or what it does" });
  const off = el("input", { type: "checkbox", id: "keysoff" });
  off.checked = !areOff();
  off.addEventListener("change", () => {
    settings.off = !off.checked;
    keep();
    changed();
  });
  const list = () => {
    const wanted = search.value.toLowerCase();
    rows.replaceChildren(...ACTIONS.filter(({ id, does }) => `${does} ${keysOf(id).join(" ")}`.toLowerCase().includes(wanted)).map((action) => {
      const keys = keysOf(action.id);
      const change = el("button", { type: "button", class: "small", "aria-label": `Change the key for: ${action.does}` }, "change");
      change.addEventListener("click", () => {
        change.textContent = "press a key";
        change.addEventListener("keydown", (event) => {
          event.preventDefault();
          event.stopPropagation();
          if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
          const key = called(event);
          if (event.key !== "Escape") {
            settings.keys = { ...settings.keys };
            // A key does one thing.
            for (const other of ACTIONS) if (keysOf(other.id).includes(key)) settings.keys[other.id] = keysOf(other.id).filter((k) => k !== key);
            settings.keys[action.id] = [key];
            keep();
            changed();
          }
          list();
        }, { once: false });
      });
      return el("tr", {}, el("td", {}, ...keys.map((key) => el("kbd", {}, shown(key)))), el("td", {}, action.does), el("td", {}, change));
    }));
  };
  search.addEventListener("input", list);
  const back = el("button", { type: "button", class: "small", on: { click: () => { settings = {}; keep(); off.checked = true; changed(); list(); } } }, "All as they were");
  list();
  const box = dialog("All keys", [
    el("div", { class: "row" }, el("label", { class: "vh", for: "keysearch" }, "Find a key"), search,
      el("label", { class: "check" }, off, "Keys are on"), back),
    el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Keys" },
      el("table", { class: "keytable" }, el("thead", { class: "vh" }, el("tr", {}, ...["Key", "What it does", "Change"].map((t) => el("th", { scope: "col" }, t)))), rows)),
    el("p", { class: "note" }, "A letter typed into a field is a letter. With keys off everything is a button."),
  ], "wide");
  search.focus();
  return box;
}
