// Drawings of numbers. Each says in words what it shows.

import { draw, grouped } from "./dom.js";

let patterns = 0;

/** A bar whose sure part is full and whose unsure part is hatched. @param {number} share @param {number} sure @param {string} fill a CSS colour */
export function bar(share, sure, fill) {
  const width = 100 * Math.min(1, share), id = `h${patterns++}`;
  return draw("svg", { "aria-hidden": "true" },
    draw("defs", {}, draw("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      draw("rect", { width: 2.2, height: 6, fill }))),
    draw("rect", { width: `${width * sure}%`, height: "100%", fill, rx: 2 }),
    draw("rect", { x: `${width * sure}%`, width: `${width * (1 - sure)}%`, height: "100%", fill: `url(#${id})` }));
}

/**
 * How many of the expected errors a reviewer has seen after the k least sure mentions.
 * @param {any} svg @param {number[]} curve for 0 to 100 % of the mentions @param {number} half as a share of the mentions @param {string} title
 */
export function curve(svg, curve, half, title) {
  const x = (share) => 420 * share, y = (share) => 6 + 106 * (1 - share);
  const line = curve.map((v, i) => `L${x(i / (curve.length - 1)).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  svg.replaceChildren(draw("title", {}, title),
    draw("path", { d: `M0 ${y(0)}${line}L420 ${y(0)}Z`, fill: "var(--hair)" }),
    draw("path", { d: `M0 ${y(0)}L420 ${y(1)}`, stroke: "var(--rule)", "stroke-dasharray": "3 4", fill: "none" }),
    draw("path", { d: `M0 ${y(0)}${line}`, stroke: "var(--ink)", "stroke-width": 2, fill: "none" }),
    draw("path", { d: `M${x(half)} ${y(0)}L${x(half)} ${y(0.5)}L0 ${y(0.5)}`, stroke: "var(--ink)", fill: "none", "stroke-width": 1 }),
    draw("circle", { cx: x(half), cy: y(0.5), r: 4.5, fill: "var(--here)", stroke: "var(--ink)", "stroke-width": 2 }));
}

const month = (text) => 12 * Number(text.slice(0, 4)) + Number(text.slice(5, 7)) - 1;

/** Articles by month. @param {any} svg @param {[string, number][]} months */
export function months(svg, months) {
  const first = month(months[0][0]), last = Math.max(month(months.at(-1)[0]), first);
  const width = 600 / (last - first + 1), most = Math.max(...months.map(([, n]) => n));
  const step = Math.max(1, Math.ceil((last - first + 1) / 10));
  const words = months.length > 24 ? `${months[0][0]} to ${months.at(-1)[0]}, at most ${grouped(most)} a month` : months.map(([m, n]) => `${m}: ${n}`).join(", ");
  svg.replaceChildren(draw("title", {}, words), draw("line", { x1: 0, x2: 600, y1: 74, y2: 74 }),
    ...months.map(([m, n]) => draw("rect", { x: (month(m) - first) * width + Math.min(2, width / 8), width: Math.max(0.8, width - Math.min(4, width / 4)),
      y: 74 - (62 * n) / most, height: (62 * n) / most }, draw("title", {}, `${m}: ${grouped(n)}`))));
  for (let m = first; m <= last; m += step) {
    if (m + step > last + 1 && m !== first && (m - first) * width > 550) break;
    svg.append(draw("text", { x: (m - first) * width + 2, y: 92 }, `${Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, "0")}`));
  }
}

/** Said and was, in five bars. @param {{said: number, was: number, low: number, high: number, n: number}[]} bars */
export function calibration(bars) {
  const x = (i) => 30 + i * 74, y = (v) => 8 + 130 * (1 - v);
  return draw("svg", { viewBox: "0 0 410 172", role: "img", class: "calib", "aria-label": bars.map((b) => `said ${b.said.toFixed(2)}, was ${b.was.toFixed(2)}`).join("; ") },
    ...[0, 0.5, 1].flatMap((v) => [draw("line", { x1: 26, x2: 400, y1: y(v), y2: y(v) }), draw("text", { x: 2, y: y(v) + 4 }, v.toFixed(1))]),
    ...bars.flatMap((b, i) => [
      draw("rect", { x: x(i) + 10, width: 22, y: y(b.was), height: y(0) - y(b.was), class: "was" }),
      draw("path", { d: `M${x(i) + 21} ${y(b.low)}V${y(b.high)}M${x(i) + 15} ${y(b.low)}h12M${x(i) + 15} ${y(b.high)}h12`, class: "range" }),
      draw("path", { d: `M${x(i) + 36} ${y(b.said)}h20`, class: "said" }),
      draw("text", { x: x(i) + 8, y: 158 }, `said ${b.said.toFixed(2)}`), draw("text", { x: x(i) + 8, y: 170 }, `n ${b.n}`)]));
}
