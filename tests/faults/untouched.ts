// Leaves an open tab alone in a browser without a driver, which stops idle workers as it does for users:
//
//   npx tsx tests/faults/untouched.ts ENGINE MINUTES
import { asked } from "../e2e/session/requests-to-the-authorization-server.js";
import { sessionOf, startUnattended } from "./unattended.js";

const [engine = "chromium", minutes = "12"] = process.argv.slice(2);
const browser = await startUnattended({ engine, app: "untouched-app", query: { minutes } });
try {
  const before = await browser.reported("before", 60_000);
  const askedBefore = asked(browser.standIns);
  console.log(`${engine}: signed in; not touching it for ${minutes} min`);
  const after = await browser.reported("after", Number(minutes) * 60_000 + 120_000);
  const askedSince = Object.entries(asked(browser.standIns)).map(
    ([what, count]) => [what, count - askedBefore[what as keyof typeof askedBefore]] as const,
  );
  const [first, last] = [sessionOf(before), sessionOf(after)];
  const same = first.user?.sub === last.user?.sub && Math.abs(first.expiresAt - last.expiresAt) < 1_000;
  console.log(`before: ${before.session}`);
  console.log(`after:  ${after.session}; the page knew "${after.known}", its API request got ${after.api}`);
  console.log(
    first.worker.startedAt === last.worker.startedAt
      ? "the worker was never stopped"
      : "the browser stopped the worker",
  );
  console.log(
    `requests to the authorization server since: ${JSON.stringify(Object.fromEntries(askedSince))}`,
  );
  const good = same && after.api === "200" && askedSince.every(([, count]) => count === 0);
  console.log(
    good ? "the same session, without a request to the authorization server" : "FAILED: not the same session",
  );
  process.exitCode = good ? 0 : 1;
} finally {
  await browser.stop();
}
