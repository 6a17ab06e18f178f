import assert from "node:assert/strict";
import { test } from "node:test";
import { identify, responsesOf, track } from "./refiner.mjs";

test("a user is identified", async () => {
  assert.equal((await identify("u-1", { email: "mira@example.org", plan: "pro" })).status, 202);
});

test("an event is tracked", async () => {
  assert.equal((await track("u-1", "Report exported")).body.message, "ok");
});

test("the responses of a survey are listed", async () => {
  const answer = await responsesOf("34de57da-fd12-11ef-83b6-81e7e8e25d94");
  assert.deepEqual(answer.body.items, []);
});
