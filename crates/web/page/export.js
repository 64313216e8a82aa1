// What can be taken away, and the command that does the same.

import { el, say } from "./dom.js";
import { file, get } from "./net.js";

/** @param {any} screen @param {URLSearchParams} params @param {any} page */
export async function show(screen, params, page) {
  const { formats, records } = await get("formats");
  const chosen = formats.find((f) => f.id === params.get("format")) ?? formats[0];
  const preview = el("pre", { class: "preview", tabindex: "0", "aria-label": "The first of it" }, "…");
  const status = el("p", { class: "how", role: "status" });
  const options = el("div", { class: "formats", role: "radiogroup", "aria-label": "Format" }, ...formats.map((f) => {
    const input = el("input", { type: "radio", name: "format", id: `f-${f.id}`, value: f.id, on: { change: () => page.go("/export", { format: f.id }) } });
    input.checked = f.id === chosen.id;
    return el("label", { class: "pick", for: `f-${f.id}` }, input, el("span", {}, f.title, el("small", {}, f.what)));
  }));
  const take = el("button", { type: "button", class: "go" }, "Take it away");
  take.addEventListener("click", async () => {
    take.disabled = true;
    status.textContent = "It is being made…";
    try {
      const { blob, name } = await file("export", { format: chosen.id });
      const address = URL.createObjectURL(blob);
      const a = el("a", { href: address, download: name });
      document.body.append(a);
      a.click();
      a.remove();
      setTimeout(() => URL.revokeObjectURL(address), 10_000);
      status.textContent = `${name}: ${blob.size.toLocaleString("en")} bytes.`;
      say(status.textContent);
    } catch (error) {
      status.textContent = error.message;
      page.error(error);
    } finally {
      take.disabled = false;
    }
  });
  screen.replaceChildren(el("main", { class: "over", id: "main", tabindex: "-1" }, el("h1", { class: "title" }, "Export"),
    el("div", { class: "twocol export" }, el("section", { "aria-label": "Format" }, options),
      el("section", { "aria-labelledby": "e2" }, el("h2", { class: "h3", id: "e2" }, chosen.title), el("p", {}, chosen.more ?? chosen.what), el("dl", { class: "facts2" }, el("div", {}, el("dt", {}, "Positions"), el("dd", {}, chosen.unit)), el("div", {}, el("dt", {}, "Articles"), el("dd", {}, chosen.articles))),
        el("p", {}, take, " ", status), el("h3", { class: "h3" }, "The same on the command line"), el("pre", { class: "preview short", tabindex: "0" }, `dateline export ${records} --to ${chosen.id} -o ${chosen.file}`), el("h3", { class: "h3" }, "How it begins"), preview))));
  get("export/preview", { format: chosen.id }).then((found) => (preview.textContent = found.text || "Nothing yet: no article is decided."), (error) => (preview.textContent = error.message));
  return { title: "Export", actions: {}, hints: [["overview", "overview"]] };
}
