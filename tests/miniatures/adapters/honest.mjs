// A client of Refiner's in JavaScript with Node's own fetch, and the adapter that has it checked.
// Runs as `node honest.mjs stream` or `node honest.mjs oneshot`.
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

const CALLS = {
  verifyKey: "GET /",
  getAccount: "GET /account",
  identifyUser: "POST /identify-user",
  trackEvent: "POST /track-event",
  listContacts: "GET /contacts",
  getContact: "GET /contact",
  deleteContact: "DELETE /contact",
  listSegments: "GET /segments",
  addToSegment: "POST /sync-segment",
  removeFromSegment: "DELETE /sync-segment",
  listForms: "GET /forms",
  publishForm: "POST /forms/publish",
  duplicateForm: "POST /forms/duplicate",
  archiveForm: "DELETE /forms",
  listFormHistory: "GET /forms/history",
  listResponses: "GET /responses",
  storeResponse: "POST /responses",
  tagResponse: "POST /responses/tags",
  getReporting: "GET /reporting",
};
const KEPT = { identifyUser: "contact_uuid", storeResponse: "uuid" };
const PAUSES = [0.2, 0.6]; // seconds before the second and the third attempt
const LASTING = new Set(["auth", "not-found", "invalid"]);

class Failure extends Error {
  constructor(kind, message, { status, wait = 0 } = {}) {
    super(message);
    Object.assign(this, { kind, status, wait });
  }
}

class Client {
  constructor(baseUrl, key, milliseconds) {
    Object.assign(this, { baseUrl, key, until: Date.now() + milliseconds });
  }

  async call(operation, args) {
    const [method, path] = CALLS[operation].split(" ");
    const given = this.given(operation, args);
    if (operation.startsWith("list")) return { items: await this.allItems(path, given) };
    const answer = await this.request(method, path, given);
    const kept = KEPT[operation];
    return kept ? { [kept]: answer[kept] } : answer;
  }

  // What says who is meant goes last: no trait or answer takes its place.
  given(operation, args) {
    if (operation === "identifyUser") {
      const { traits, account, ...who } = args;
      return { ...traits, ...who, ...(account && { account: { ...account.traits, id: account.id } }) };
    }
    if (operation === "storeResponse") {
      const { answers, ...rest } = args;
      return { ...answers, ...rest };
    }
    if (operation === "publishForm") return { ...args, published: args.published ? 1 : 0 };
    return args;
  }

  async allItems(path, filters) {
    const items = [];
    for (let further = {}; further; ) {
      const page = await this.request("GET", path, { ...filters, ...further });
      if (!Array.isArray(page.items)) throw new Failure("other", `the list of ${path} has no items`);
      for (const item of page.items) items.push(item);
      const next = this.nextPage(page.pagination ?? {});
      if (next && next.page_cursor === further.page_cursor && next.page === further.page) {
        throw new Failure("other", `the list of ${path} does not end`);
      }
      further = next;
    }
    return items;
  }

  // Along the cursors where the list has any, else by page numbers.
  nextPage(pagination) {
    if ("next_page_cursor" in pagination) {
      return pagination.next_page_cursor ? { page_cursor: pagination.next_page_cursor } : null;
    }
    const { current_page: current = 1, last_page: last = 1 } = pagination;
    return current < last ? { page: current + 1 } : null;
  }

  async request(method, path, given) {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.send(method, path, given);
      } catch (failure) {
        if (!(failure instanceof Failure)) throw failure;
        // A write that was refused is made again, one that went wrong otherwise may have been done.
        const again = failure.kind === "rate-limited" || (method === "GET" && !LASTING.has(failure.kind));
        const seconds = Math.max(PAUSES[attempt], failure.wait);
        if (!again || attempt === PAUSES.length || Date.now() + 1000 * seconds >= this.until) throw failure;
        await pause(1000 * seconds);
      }
    }
  }

  async send(method, path, given) {
    const query = method === "POST" ? "" : this.query(given);
    let answer, text;
    try {
      answer = await fetch(this.baseUrl + path + (query && `?${query}`), {
        method,
        headers: { Authorization: `Bearer ${this.key}`, "Content-Type": "application/json" },
        body: method === "POST" ? JSON.stringify(given) : undefined,
        signal: AbortSignal.timeout(Math.max(1, this.until - Date.now())),
      });
      text = await answer.text();
    } catch (error) {
      throw new Failure(error.name === "TimeoutError" ? "timeout" : "network", String(error.cause ?? error));
    }
    let value;
    try {
      value = JSON.parse(text);
    } catch {
      value = null;
    }
    const status = answer.status;
    if (!answer.ok) {
      const message = String(value?.error ?? value?.message ?? `status ${status}`);
      throw new Failure(this.kind(status, message), message, { status, wait: this.retryAfter(answer.headers) });
    }
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new Failure("other", "the answer is no JSON object", { status });
    }
    return value;
  }

  query(given) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(given)) {
      if (Array.isArray(value)) for (const each of value) query.append(`${name}[]`, each);
      else query.append(name, value);
    }
    return query.toString();
  }

  // Seconds, as a number or as a date.
  retryAfter(headers) {
    const asked = headers.get("Retry-After") ?? "";
    if (/^\d+$/.test(asked)) return Number(asked);
    const now = headers.has("Date") ? Date.parse(headers.get("Date")) : Date.now();
    return (Date.parse(asked) - now) / 1000 || 0;
  }

  // A key that nobody has is answered with 404, as a contact is that nobody has; only the text tells them apart.
  kind(status, message) {
    if (status === 401 || status === 403 || (status < 500 && /api key/i.test(message))) return "auth";
    if (status === 404) return "not-found";
    if (status === 429) return "rate-limited";
    return status >= 500 ? "server" : status >= 400 ? "invalid" : "other";
  }
}

const say = (document) => process.stdout.write(`${JSON.stringify(document)}\n`);

async function answer({ case: name, operation, args, base_url, api_key, deadline_ms }) {
  if (!(operation in CALLS)) return { case: name, outcome: "unsupported", reason: `there is no ${operation}` };
  try {
    // It must have answered by the deadline, so it gives up a little earlier.
    const client = new Client(base_url, api_key, 0.9 * deadline_ms);
    return { case: name, outcome: "ok", value: await client.call(operation, args) };
  } catch (error) {
    const { kind = "other", status = null, message } = error;
    return { case: name, outcome: "error", error: { kind, status, message } };
  }
}

if (process.argv[2] === "stream") {
  say({ hello: "refiner-adapter", v: 1, name: "honest", language: "JavaScript", operations: Object.keys(CALLS) });
}
// In `oneshot` there is one line.
for await (const line of createInterface({ input: process.stdin })) say(await answer(JSON.parse(line)));
