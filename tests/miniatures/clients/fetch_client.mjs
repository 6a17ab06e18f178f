// A client in JavaScript with Node's own fetch, JSON bodies and URLSearchParams.
// Takes REFINER_BASE_URL, REFINER_API_KEY and SEGMENT_UUID; prints one JSON document with what it saw.

const { REFINER_BASE_URL: base, REFINER_API_KEY: key, SEGMENT_UUID: segment } = process.env;

async function call(method, path, { query, body } = {}) {
  const url = new URL(base + path);
  url.search = new URLSearchParams(query ?? {});
  const answer = await fetch(url, {
    method,
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const ids = (list) => list.items.map((contact) => contact.remote_id);

async function byPage() {
  const found = [];
  for (let page = 1, last = 1; page <= last; page++) {
    const list = await call("GET", "/contacts", { query: { page, page_length: 2 } });
    found.push(...ids(list));
    last = list.pagination.last_page;
  }
  return found;
}

async function byCursor() {
  const found = [];
  for (let cursor = ""; cursor !== null; ) {
    const query = cursor ? { page_length: 2, page_cursor: cursor } : { page_length: 2 };
    const list = await call("GET", "/contacts", { query });
    found.push(...ids(list));
    cursor = list.pagination.next_page_cursor;
  }
  return found;
}

// All at once, as JavaScript likes it.
await Promise.all(
  [1, 2, 3, 4, 5].map((n) =>
    call("POST", "/identify-user", {
      body: { id: `u-${n}`, email: `u${n}@example.org`, seats: n, account: { id: "acc-1", name: "Holt Ltd" } },
    }),
  ),
);
for (const n of [1, 2, 3]) await call("POST", "/track-event", { body: { id: `u-${n}`, event: "Report: exported" } });

const seen = { by_page: await byPage(), by_cursor: await byCursor() };
await call("POST", "/sync-segment", { body: { id: "u-2", segment_uuid: segment } });
seen.members = ids(await call("GET", "/contacts", { query: { segment_uuid: segment } }));
await call("DELETE", "/contact", { query: { id: "u-5" } });
seen.left = (await call("GET", "/contacts")).pagination.items_count;
process.stdout.write(JSON.stringify(seen));
