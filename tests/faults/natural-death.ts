// Leaves a page for long enough that the browser stops the idle worker by itself. The browser has no driver:
//
//   npx tsx tests/faults/natural-death.ts ENGINE closed|left|signing-in [SECONDS]
//
// `closed`: no page of the app and no keeper is left. The next page recovers the session by a silent sign-in.
// `left`: the page is in the back-forward cache, if possible, and the user goes back.
// `signing-in`: the user is at the authorization server, and the worker has the secrets of the sign-in.
//
// While a page of the app is open, the keeper prevents the worker's natural death: see untouched.ts.
import { asked } from "../e2e/session/requests-to-the-authorization-server.js";
import { sessionOf, startUnattended } from "./unattended.js";

const [engine = "chromium", way = "closed", seconds = "90"] = process.argv.slice(2);
const browser = await startUnattended({
  engine,
  app: "natural-death-app",
  query: { way, seconds },
  backForwardCache: way === "left",
  ...(way === "signing-in" ? { signInTakes: Number(seconds) } : {}),
});
try {
  if (way === "signing-in") await signIn();
  else await comeBack();
} finally {
  await browser.stop();
}

/** Whether or not the worker is stopped, the user ends up signed in. A restarted worker begins the sign-in once more. */
async function signIn(): Promise<void> {
  const before = asked(browser.standIns);
  const { api } = await browser.reported("before", (2 * Number(seconds) + 60) * 1_000);
  const begun = asked(browser.standIns).authorization - before.authorization;
  console.log(
    `${engine}: the user took ${seconds} s; sign-ins begun: ${begun}; the first API request got ${api}`,
  );
  console.log(begun === 1 ? "the browser had not stopped the worker" : "the browser had stopped the worker");
  process.exitCode = api === "200" && begun <= 2 ? 0 : 1;
}

async function comeBack(): Promise<void> {
  const before = await browser.reported("before", 60_000);
  console.log(`${engine}, ${way}: signed in; away for ${seconds} s`);
  console.log(`before: ${before.session}`);
  const askedBefore = asked(browser.standIns);
  const after = await browser.reported("after", (Number(seconds) + 60) * 1_000);
  const askedAfter = asked(browser.standIns);
  console.log(`after:  ${after.session}; the page was ${after.document}, saw ${after.statuses}`);
  const [first, last] = [sessionOf(before), sessionOf(after)];
  const hasDied = last.worker.startedAt > first.worker.startedAt;
  console.log(hasDied ? "the browser had stopped the worker" : "the browser had not stopped the worker");
  console.log(
    `the first API request got ${after.api}; asked before: ${JSON.stringify(askedBefore)}, after: ${JSON.stringify(askedAfter)}`,
  );
  const same = first.user?.sub === last.user?.sub && !after.statuses?.includes("anonymous");
  const good = same && after.api === "200" && askedAfter.refresh === 0 && (hasDied || way === "left");
  console.log(good ? "the session was restored" : "FAILED: the session was not restored as expected");
  process.exitCode = good ? 0 : 1;
}
