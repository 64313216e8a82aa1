// What every screen builds its part of the page with. Text becomes text nodes and nothing else.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. `on` holds listeners, `svg` says that it is a drawing's; an attribute that is null or false is left out.
 * @param {string} name
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {any}
 */
export function el(name, attributes = {}, ...children) {
  const node = attributes.svg ? document.createElementNS(SVG, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "svg" || value == null || value === false) continue;
    if (key === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(.../** @type {any} */ (children.filter((child) => child != null && child !== false)));
  return node;
}

/** A part of a drawing. @param {string} name @param {Record<string, any>} [attributes] @param {...any} children */
export const draw = (name, attributes = {}, ...children) => el(name, { svg: true, ...attributes }, ...children);

/** @param {string} id @returns {any} */
export const byId = (id) => document.getElementById(id);

const WORDS = { PER: "person", ORG: "organization", LOC: "place", MISC: "other name" };
const PLURALS = { PER: "People", ORG: "Organizations", LOC: "Places", MISC: "Other names" };
const LETTERS = { PER: "P", ORG: "O", LOC: "L", MISC: "M" };

/** What people call a label. @param {string} label */
export const word = (label) => WORDS[label] ?? label.toLowerCase();
/** @param {string} label */
export const plural = (label) => PLURALS[label] ?? label;
/** What stands beside a name. @param {string} label */
export const letter = (label) => LETTERS[label] ?? label.slice(0, 3);
/** The class that gives a label its colour and line: four have one of their own. @param {string} label */
export const look = (label) => (label in WORDS ? label : "OTHER");
/** @param {string} label @param {string} [text] */
export const chip = (label, text = label) => el("span", { class: `chip ${look(label)}` }, text);
/** @param {string} text */
export const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
/** @param {string} text */
export const article = (text) => (/^[aeio]/.test(text) ? `an ${text}` : `a ${text}`);

/** @param {number} n */
export const grouped = (n) => n.toLocaleString("en");
/** @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${grouped(n)} ${n === 1 ? one : many}`;
/** `.50` @param {number} score */
export const short = (score) => (score >= 0.995 ? "1.0" : score.toFixed(2).slice(1));
/** On one line. @param {string} text */
export const flat = (text) => text.replace(/\s+/g, " ");

// Commands of the bidirectional algorithm, and other characters that cannot be seen: in a list a name must not look like another.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const CALLED = { "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF", "\u202d": "LRO", "\u202e": "RLO", "\u2066": "LRI", "\u2067": "RLI",
  "\u2068": "FSI", "\u2069": "PDI", "\u200e": "LRM", "\u200f": "RLM", "\u061c": "ALM", "\u0000": "NUL" };

/** A name for a list: on one line, isolated, with a box for what cannot be seen. @param {string} text @param {string} [tag] */
export function name(text, tag = "bdi") {
  const node = el(tag, { class: "nm", dir: "auto" });
  for (const piece of flat(text).split(/([\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff])/u)) {
    if (!UNSEEN.test(piece)) node.append(piece);
    else node.append(el("span", { class: "ctl" }, CALLED[piece] ?? `U+${piece.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`));
  }
  return node;
}

/** The same for a title attribute. @param {string} text */
export const plain = (text) =>
  [...flat(text)].map((c) => (UNSEEN.test(c) ? `[${CALLED[c] ?? "U+" + c.charCodeAt(0).toString(16)}]` : c)).join("");

/** A link to a screen of the page. @param {string} path @param {Record<string, any>} [query] */
export function link(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== "");
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return `#${path}${text ? `?${text}` : ""}`;
}

/** Says something to whoever listens instead of looking. @param {string} text */
export function say(text) {
  byId("say").textContent = text;
}

/**
 * A box over the page. Esc closes it; focus goes back to where it was.
 * @param {string} title @param {Node[]} content @param {string} [kind]
 */
export function dialog(title, content, kind = "") {
  const before = /** @type {any} */ (document.activeElement);
  const close = el("button", { type: "button", class: "icon", "aria-label": "Close", on: { click: () => box.close() } }, "✕");
  const box = el("dialog", { class: `box ${kind}`, "aria-labelledby": "boxtitle" },
    el("header", {}, el("h2", { id: "boxtitle" }, title), close), ...content);
  box.addEventListener("close", () => {
    box.remove();
    before?.isConnected && before.focus({ preventScroll: true });
  });
  document.body.append(box);
  box.showModal();
  return box;
}

/** Whether a box is open, which has the keys. */
export const boxed = () => document.querySelector("dialog[open]") != null;

/** One sentence in place of a list. @param {string} text @param {...any} more */
export const empty = (text, ...more) => el("p", { class: "none" }, text, ...more);
