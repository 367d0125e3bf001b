// Waits until a browser without a driver stops the idle worker by itself, as it does for users:
//
//   npx tsx tests/faults/unattended.ts ENGINE WAY [SECONDS]
//
// `untouched`: the tab stays open. Its keeper prevents the worker's end.
// `late-update`: a new version of the worker waits for an API's stream for longer than an idle worker lives.
// `closed`: no page of the app and no keeper is left. The next page recovers the session by a silent sign-in.
// `left`: the page is in the back-forward cache, if possible, and the user goes back.
// `signing-in`: the user is at the authorization server, and the worker has the secrets of the sign-in.
import { asked } from "../e2e/session/requests-to-the-authorization-server.js";
import { sessionOf, startUnattended } from "./unattended-browser.js";

const [engine = "chromium", way = "closed", seconds = "90"] = process.argv.slice(2);
const browser = await startUnattended({
  engine,
  query: { way, seconds },
  backForwardCache: way === "left",
  ...(way === "signing-in" ? { signInTakes: Number(seconds) } : {}),
});
try {
  const isGood = await (way === "signing-in" ? signIn() : sessionIsKept());
  console.log(isGood ? "as expected" : "FAILED: not as expected");
  process.exitCode = isGood ? 0 : 1;
} finally {
  await browser.stop();
}

/** Whether or not the worker is stopped, the user ends up signed in. A restarted worker begins the sign-in once more. */
async function signIn(): Promise<boolean> {
  const before = asked(browser.standIns);
  const { api } = await browser.reported("before", (2 * Number(seconds) + 60) * 1_000);
  const begun = asked(browser.standIns).authorization - before.authorization;
  console.log(`${engine}: the user took ${seconds} s; sign-ins begun: ${begun}; the API returned ${api}`);
  console.log(`the browser had ${begun === 1 ? "not " : ""}stopped the worker`);
  return api === "200" && begun <= 2;
}

/** The page has the session of before. Only after `closed` was the authorization server asked for it, for new tokens. */
async function sessionIsKept(): Promise<boolean> {
  const before = await browser.reported("before", 60_000);
  if (way === "late-update") browser.standIns.host.testing.prelude = "/* another version */";
  const askedBefore = asked(browser.standIns);
  console.log(`${engine}, ${way}: signed in; waiting for ${seconds} s\nbefore: ${JSON.stringify(before)}`);
  const after = await browser.reported("after", (Number(seconds) + 120) * 1_000);
  const askedAfter = asked(browser.standIns);
  console.log(`after:  ${JSON.stringify(after)}`);
  console.log(`requests before: ${JSON.stringify(askedBefore)}, after: ${JSON.stringify(askedAfter)}`);
  const [first, last] = [sessionOf(before), sessionOf(after)];
  const isRestarted = last.worker.startedAt !== first.worker.startedAt;
  console.log(`the worker ${isRestarted ? "is another one" : "was never stopped"}`);
  const isSame =
    after.api === "200" && first.user?.sub === last.user?.sub && !after.statuses?.includes("anonymous");
  const isUnasked = JSON.stringify(askedAfter) === JSON.stringify(askedBefore);
  switch (way) {
    case "untouched":
      return isSame && isUnasked && Math.abs(first.expiresAt - last.expiresAt) < 1_000;
    case "late-update":
      return isSame && isRestarted;
    case "left":
      return isSame && askedAfter.refresh === 0;
    default:
      return isSame && askedAfter.refresh === 0 && isRestarted;
  }
}
