// Rules for the whole corpus: a preview before one is made, all that hold, and every decision below them.

import { el, chip, count, dialog, grouped, link, name, say, word } from "./dom.js";
import { get, post } from "./net.js";

/** What a rule says, in words. @param {any} rule */
export function inWords(rule) {
  if (rule.same) return [...rule.same.flatMap((n, i) => (i ? [" and ", name(n)] : [name(n)])), " are one"];
  if (rule.different) return [...rule.different.flatMap((n, i) => (i ? [" and ", name(n)] : [name(n)])), " are not one"];
  return ["“", name(rule.words), "” is ", rule.label ? `${/^[aeio]/.test(word(rule.label)) ? "an" : "a"} ${word(rule.label)}` : "not a name", ", always"];
}

/** @param {any} preview */
function effect(preview) {
  const at = preview.complete === false ? "at least " : "";
  const rows = [["agree already", preview.agree], ["will change", preview.change], ["added, where nothing was found", preview.add], ["against it, and stay", preview.against], ["articles touched", preview.articles]];
  return el("dl", {}, ...rows.filter(([, n]) => n != null).map(([k, n]) => el("div", {}, el("dt", {}, k), el("dd", {}, `${at}${grouped(n)}`))));
}

/** A table of what would change. @param {any[]} examples */
const changes = (examples) => el("ul", { class: "kwic" }, ...examples.map((x) => el("li", {}, el("div", {}, el("div", { class: "t", dir: "auto" }, `…${x.before}`, el("b", {}, x.words), `${x.after}…`), el("small", {}, name(x.title ?? ""))),
  el("span", { class: "fromto" }, x.from ? chip(x.from) : el("span", { class: "chip OTHER" }, "–"), " → ", x.to ? chip(x.to) : el("span", { class: "chip OTHER" }, "–")))));

/**
 * Shows what a rule would do, and makes it.
 * @param {any} page @param {any} rule @param {(answer: any) => void} made
 */
export function ruleBox(page, rule, made) {
  if (page.corpus.read_only) return;
  const status = el("p", { class: "how", role: "status" }, "Counting…");
  const shown = el("div", { class: "rule" }, status), examples = el("div");
  const why = el("input", { type: "text", id: "rulewhy", maxlength: "500", autocomplete: "off" });
  const make = el("button", { type: "button", class: "go" }, el("kbd", { "aria-hidden": "true" }, "Enter"), "Make the rule");
  let isMade = false;
  const go = async () => {
    if (isMade) return;
    isMade = true;
    make.disabled = true;
    try {
      const answer = await page.outbox.send({ decisions: [{ op: "rule", rule: { ...rule, why: why.value.trim() || undefined } }] });
      box.close();
      say("The rule is made. It can be undone as a whole.");
      page.count(1);
      made(answer);
    } catch (error) {
      isMade = false;
      make.disabled = false;
      status.textContent = `Not made: ${error.message}`;
      status.className = "bad";
    }
  };
  make.addEventListener("click", go);
  const box = dialog("A rule for this corpus", [el("p", { class: "say" }, ...inWords(rule)), shown, el("div", { class: "row" }, el("label", { for: "rulewhy" }, "Why"), why),
    el("div", { class: "row end" }, make, el("button", { type: "button", class: "small", on: { click: () => box.close() } }, "Leave it")),
    el("p", { class: "note" }, "It can be undone as a whole, and the next run obeys it: ", el("code", {}, "dateline tag --rules rules.jsonl")), examples], "wide");
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target !== make && !event.target.matches("button")) {
      event.preventDefault();
      go();
    }
  });
  make.focus();
  post("preview", { rule }).then((preview) => {
    shown.replaceChildren(status, effect(preview), preview.conflicts?.length ? el("p", { class: "bad" }, `Conflicts: ${preview.conflicts.join("; ")}`) : "",
      preview.change ? "" : el("p", { class: "none" }, "It changes nothing as things stand; it holds for what comes later."));
    examples.replaceChildren(...(preview.examples.length ? [changes(preview.examples)] : []));
    status.textContent = preview.complete === false ? "The first two seconds' worth:" : "As things stand:";
  }, (error) => {
    status.textContent = `It cannot be counted: ${error.message}`;
    status.className = "bad";
  });
  return box;
}

/** @param {any} screen @param {URLSearchParams} params @param {any} page */
export async function show(screen, params, page) {
  const [by, day] = [params.get("by") ?? "", params.get("day") ?? ""];
  const { rules } = await get("rules");
  const first = await get("verdicts", { by, day });
  const again = () => page.reload();
  const act = async (decision) => {
    try {
      page.took(await page.outbox.send({ decisions: [decision] }));
      again();
    } catch (error) {
      page.error(error);
    }
  };
  const table = rules.length
    ? el("div", { class: "scrollx", tabindex: "0", role: "group", "aria-label": "Rules" }, el("table", { class: "split" },
      el("thead", {}, el("tr", {}, ...["Rule", "Kept where", "Made by", "When", "Why", "Conflicts", ""].map((t) => el("th", { scope: "col" }, t || el("span", { class: "vh" }, "Undo"))))),
      el("tbody", {}, ...rules.map((r) => el("tr", { class: r.off ? "off" : null }, el("th", { scope: "row", class: "n" }, ...inWords(r.rule)), el("td", {}, r.from === "file" ? "rules file" : "this corpus"),
        el("td", {}, name(r.rule.by ?? "")), el("td", {}, (r.rule.at ?? "").slice(0, 16).replace("T", " ")), el("td", {}, name(r.rule.why ?? "")), el("td", {}, r.conflicts?.length ? el("span", { class: "bad" }, r.conflicts.join("; ")) : "none"),
        el("td", {}, page.corpus.read_only ? null : el("button", { type: "button", class: "small", "aria-label": `Undo the rule ${r.rule.id}`, on: { click: () => act({ op: "unrule", rule: r.rule.id }) } }, "undo")))))))
    : el("p", { class: "none" }, "No rule yet. ", el("a", { href: link("/review", { queue: "splits" }) }, "Names that disagree with themselves"), " are a good start: R makes a rule of the words at hand.");
  const list = el("tbody");
  const more = el("button", { type: "button", class: "small" }, "earlier ones");
  const add = ({ verdicts, after }) => {
    list.append(...verdicts.map((v) => el("tr", { class: v.undone ? "off" : null }, el("td", { class: "num" }, String(v.n)), el("td", {}, (v.at ?? "").slice(0, 19).replace("T", " ")), el("td", {}, name(v.by)),
      el("td", {}, v.words ? el("b", {}, name(v.words)) : null, ` ${v.says}`), el("td", {}, v.article != null ? el("a", { href: link("/review", { at: v.key ? `${v.article}.${v.key}` : v.article }) }, name(v.title ?? "article")) : ""), el("td", {}, v.why ? name(v.why) : ""))));
    more.hidden = after == null;
    more.onclick = () => get("verdicts", { by, day, after }).then(add, page.error);
  };
  add(first);
  const analysts = el("select", { id: "byw", on: { change: () => page.go("/rules", { by: analysts.value, day }) } }, el("option", { value: "" }, "everybody"),
    ...(page.corpus.analysts ?? []).map((a) => el("option", { value: a, selected: a === by }, a)));
  const days = el("input", { type: "date", id: "day", value: day, on: { change: () => page.go("/rules", { by, day: days.value }) } });
  screen.replaceChildren(el("main", { class: "over", id: "main", tabindex: "-1" }, el("h1", { class: "title" }, "Rules"),
    el("section", { class: "band", "aria-labelledby": "r1" }, el("header", {}, el("h2", { id: "r1" }, count(rules.length, "rule")), el("p", {}, "Longer words go first, then the newer rule. What an analyst says of one mention goes before any rule."),
      el("a", { class: "r", href: link("/export", { format: "rules" }) }, "take them away")), table),
    el("section", { class: "band", "aria-labelledby": "r2" }, el("header", {}, el("h2", { id: "r2" }, "All decisions"), el("p", {}, "The newest first. Nothing is ever rewritten: to undo is to decide again.")),
      el("div", { class: "row wrap" }, el("label", { for: "byw" }, "By"), analysts, el("label", { for: "day" }, "On"), days),
      el("div", { class: "scrollx", tabindex: "0", role: "group", "aria-label": "All decisions" }, el("table", { class: "split" }, el("thead", {}, el("tr", {}, ...["No.", "When (UTC)", "By", "Decision", "Article", "Why"].map((t) => el("th", { scope: "col" }, t)))), list)),
      list.childElementCount ? null : el("p", { class: "none" }, "None yet."), more)));
  return { title: "Rules", actions: {}, hints: [["find", "find"], ["overview", "overview"]] };
}
