// How right this run is: by the model's own word, and by a random sample.

import { el, chip, count, grouped, link, say } from "./dom.js";
import { get, post } from "./net.js";
import { calibration, curve } from "./charts.js";

const percent = (x) => `${(100 * x).toFixed(1)} %`;
const range = (e) => (e == null ? "too few" : `${e.value.toFixed(3)} (${e.low.toFixed(3)}–${e.high.toFixed(3)})`);

/** @param {any} screen @param {URLSearchParams} _params @param {any} page */
export async function show(screen, _params, page) {
  const d = await get("quality");
  const gain = el("svg", { svg: true, class: "gain", viewBox: "0 0 420 118", preserveAspectRatio: "none", role: "img" });
  if (d.mentions) curve(gain, d.curve, d.half / d.mentions, `Half of the expected errors are in the ${d.half} least sure of ${d.mentions} mentions.`);
  const at = (share) => d.curve.findIndex((v) => v >= share);
  const draw = async (of, size) => {
    try {
      const answer = await post("sample", { of, size });
      say("The sample is drawn.");
      page.go("/review", { queue: "sample", sample: answer.sample });
    } catch (error) {
      page.error(error);
    }
  };
  const drawing = (of, sizes, texts) => page.corpus.read_only ? null : el("div", { class: "picks wide" }, ...sizes.map((n, i) => el("button", { type: "button", on: { click: () => draw(of, n) } }, el("span", {}, `Draw ${n}`, el("small", {}, texts[i])))));
  const samples = (d.samples ?? []).map((s) => el("section", { class: "card sample" }, el("h3", { class: "h3" }, `${s.of === "passages" ? "Recall" : "Precision"}, sample ${s.sample}`),
    el("p", { class: "say" }, s.estimate ? range(s.estimate) : "not yet"),
    el("p", { class: "how" }, `${grouped(s.decided)} of ${grouped(s.size)} decided. `, s.decided < s.size ? el("a", { href: link("/review", { queue: "sample", sample: s.sample }) }, "Go on") : "With 95 % confidence the true value is in the interval; the number was fixed when it was drawn."),
    s.after ? el("p", { class: "how" }, `With rules and decisions: ${range(s.after)}`) : null,
    s.by_label?.length ? el("table", { class: "split" }, el("thead", {}, el("tr", {}, ...["Label", "Decided", s.of === "passages" ? "Recall" : "Precision"].map((t) => el("th", { scope: "col" }, t)))), el("tbody", {}, ...s.by_label.map((r) => el("tr", {}, el("th", { scope: "row" }, chip(r.label)), el("td", {}, grouped(r.n)), el("td", {}, range(r.estimate)))))) : null,
    s.bars?.length ? el("div", {}, el("h4", { class: "h3" }, "Said and was"), calibration(s.bars)) : null));
  const agreement = (d.agreement ?? []).map((a) => el("tr", {}, el("th", { scope: "row" }, `${a.analysts[0]} and ${a.analysts[1]}`), el("td", {}, grouped(a.n)), el("td", {}, range(a.f1)), el("td", {}, range(a.kappa)), el("td", {}, a.differ ? el("a", { href: link("/review", { queue: "differ" }) }, count(a.differ, "difference")) : "none")));
  const band = (id, title, note, ...content) => el("section", { class: "band", "aria-labelledby": id }, el("header", {}, el("h2", { id }, title), note ? el("p", {}, note) : null), ...content);
  const c = d.changes;
  screen.replaceChildren(el("main", { class: "over", id: "main", tabindex: "-1" }, el("h1", { class: "title" }, "How right is this run?"),
    band("q1", "By the model's own word", "Before anyone has looked.", el("div", { class: "twocol" }, el("div", {}, el("p", { class: "big" }, `About ${grouped(Math.round(d.wrong))} of ${grouped(d.mentions)} mentions are wrong`, d.mentions ? `: ${percent(d.wrong / d.mentions)}.` : "."),
      el("ul", { class: "plainlist" }, el("li", {}, `Half of them are in the least sure ${at(0.5)} % (score up to ${d.unsure.toFixed(3)}): ${count(d.half, "mention")}.`), el("li", {}, `80 % of them are in the least sure ${at(0.8)} %, 90 % in ${at(0.9)} %.`), el("li", {}, `${count(d.decided ?? 0, "decision")} so far; about ${grouped(Math.max(0, Math.round(d.wrong_left ?? d.wrong)))} wrong ones are left.`)),
      el("p", {}, el("a", { class: "alt", href: link("/review") }, "Review the least sure"))), gain)),
    band("q2", "By a random sample", "Blind: the model's answer is hidden until you have decided.", el("div", { class: "twocol" }, el("div", {}, el("h3", { class: "h3" }, "Precision"), el("p", { class: "how" }, "Mentions, drawn in six strata of score. The number is fixed when it is drawn; a longer sample is a new draw that contains the old one."), drawing("mentions", [100, 200, 400], ["about ± 6 points", "about ± 4 points", "about ± 3 points"])),
      el("div", {}, el("h3", { class: "h3" }, "Recall"), el("p", { class: "how" }, "Passages of five sentences, each read to its end: mark what is missing, then say that the article is done. 100 passages take some 50 minutes."), drawing("passages", [50, 100, 200], ["some 25 minutes", "some 50 minutes", "some 100 minutes"]))),
      el("div", { class: "twocol cards" }, ...samples)),
    band("q3", "Two analysts", "On mentions that both have decided.", agreement.length ? el("div", { class: "scrollx", tabindex: "0", role: "group", "aria-label": "Agreement" }, el("table", { class: "split" }, el("thead", {}, el("tr", {}, ...["Who", "Mentions", "F1 of exact spans", "Kappa of labels", ""].map((t) => el("th", { scope: "col" }, t || el("span", { class: "vh" }, "Differences"))))), el("tbody", {}, ...agreement))) : el("p", { class: "none" }, "No two analysts have decided about the same mention.")),
    band("q4", "Since the last model", "What earlier decisions say of these records.", c && c.total ? el("ul", { class: "plainlist" }, el("li", {}, `${grouped(c.needed)} of ${count(c.total, "correction")} are still needed, ${grouped(c.no_longer)} no longer.`), el("li", {}, c.broken ? el("a", { href: link("/review", { queue: "changed" }) }, `${count(c.broken, "mention")} that was right broke.`) : "Nothing that was right broke."), el("li", {}, `${grouped(c.moved)} moved with their text, ${grouped(c.orphaned)} lost it.`)) : el("p", { class: "none" }, "Every decision was made on these records."))));
  return { title: "Quality", actions: {}, hints: [["find", "find"], ["overview", "overview"]] };
}
