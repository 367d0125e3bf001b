import { ada } from "../../dev-provider/src/users.js";
import { clientTest, describe, expect } from "./scenario.js";

const responses = [204, 205, 304].flatMap((status) => ["GET", "POST"].map((method) => ({ status, method })));

// In a browser such a response has a body: an empty stream. A Response made from it with the same status throws.
describe.each(responses)("an API's response with status $status, which has no body, to a $method", (it) => {
  const { status, method } = it;

  clientTest("reaches the page, also after a replay", async ({ page, standIns }) => {
    await page.openRegistered();
    await page.signIn(ada);
    const { testing, url } = standIns.api;
    const own = `${standIns.app.origin}/api/v1/`;
    for (const api of [url, own]) {
      expect(await page.fetch(`${api}status?status=${status}`, { method })).toMatchObject({
        status,
        text: "",
      });
    }
    testing.reset();
    testing.answer401(1);
    expect(await page.fetch(`${url}status?status=${status}`, { method })).toMatchObject({ status, text: "" });
    const sent = testing.requests.filter((request) => request.method === method);
    expect(sent.map((request) => request.status)).toEqual([401, status]);
  });
});
