// Asks the server. The token is kept for this tab alone, and is nowhere in the address once the page is there.

const KEY = "dateline-token";
const store = sessionStorage;
let token = "";

/** What went wrong, as the server says it. */
export class Refused extends Error {
  /** @param {number} status @param {{code?: string, message?: string, hint?: string}} error */
  constructor(status, error) {
    super(error.message ?? `status ${status}`);
    this.status = status;
    this.code = error.code ?? "";
    this.hint = error.hint ?? "";
  }
}

/** Takes the token out of the address, or from an earlier load of this tab. */
export async function begin() {
  const hash = location.hash;
  if (hash.startsWith("#t=") || hash.startsWith("#o=")) {
    const [shown, ...rest] = hash.slice(3).split("#");
    history.replaceState(null, "", `${location.pathname}#${rest.join("#") || "/"}`);
    keep(shown);
    if (hash.startsWith("#o=")) keep((await get("token")).token);
    return;
  }
  token = store.getItem(KEY) ?? "";
}

/** @param {string} shown */
export function keep(shown) {
  token = shown.trim();
  store.setItem(KEY, token);
}

/** @param {string} path @param {RequestInit} options @returns {Promise<any>} */
async function ask(path, options) {
  let response;
  try {
    response = await fetch(`api/${path}`, {
      ...options, cache: "no-store", redirect: "error", referrerPolicy: "no-referrer",
      headers: { ...options.headers, Authorization: `Bearer ${token}` },
    });
  } catch {
    throw new Refused(0, { code: "gone", message: "The server does not answer.", hint: "Is dateline review still running?" });
  }
  if (response.ok) return response;
  const error = await response.json().catch(() => ({}));
  throw new Refused(response.status, error.error ?? {});
}

/** @param {string} path @param {Record<string, any>} [query] @param {AbortSignal} [signal] */
export async function get(path, query = {}, signal) {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== "");
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return (await ask(text ? `${path}?${text}` : path, { signal })).json();
}

/** @param {string} path @param {any} body @param {string} [once] so that a second try is not a second decision */
export async function post(path, body, once) {
  const headers = { "Content-Type": "application/json", ...(once ? { "Idempotency-Key": once } : {}) };
  return (await ask(path, { method: "POST", body: JSON.stringify(body), headers })).json();
}

/** What a path answers, as a file. @param {string} path @param {Record<string, any>} query */
export async function file(path, query) {
  const response = await ask(`${path}?${new URLSearchParams(query)}`, {});
  const disposition = response.headers.get("content-disposition") ?? "";
  return { blob: await response.blob(), name: /filename="([^"]*)"/.exec(disposition)?.[1] ?? "export" };
}

/** A name for a request, so that it counts once. */
export const once = () => crypto.randomUUID();
