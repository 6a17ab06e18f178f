// A receiver of Refiner's webhooks in Node, without packages: node node_receiver.mjs --port 0 --token T
// It says where it listens; GET /probe shows how many deliveries of each event it has taken in.
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

const { port, token } = parseArgs({
  options: { port: { type: "string", default: "0" }, token: { type: "string" } },
}).values;
const kept = new Map();

const digest = (text) => createHash("sha256").update(text).digest();
const admits = (authorization = "") => timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));

// A delivery that comes again has the same mark, so it changes nothing, in whatever order they come.
function takeIn({ triggered_event: event, uuid, segments, response = {} }) {
  kept.set(JSON.stringify([event, uuid, segments, response.uuid, response.last_shown_at, response.tags]), event);
}

function receive(headers, body) {
  if (!admits(headers.authorization)) return 401;
  let payload;
  try {
    payload = JSON.parse(body);
  } catch {
    return 400;
  }
  if (typeof payload?.triggered_event !== "string") return 400;
  takeIn(payload);
  return 204;
}

function counted() {
  const counts = {};
  for (const event of kept.values()) counts[event] = (counts[event] ?? 0) + 1;
  return JSON.stringify(counts);
}

const server = createServer((request, response) => {
  if (request.method === "GET") return response.end(counted());
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => response.writeHead(receive(request.headers, Buffer.concat(parts).toString())).end());
});

server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/hook`));
