// Makes a new version of the worker wait for an API's stream for longer than an idle worker lives. The browser has no driver,
// so it stops idle workers as it does for users:
//
//   npx tsx tests/faults/late-update.ts ENGINE SECONDS
import { sessionOf, startUnattended } from "./unattended.js";

const [engine = "chromium", seconds = "100"] = process.argv.slice(2);
const browser = await startUnattended({ engine, app: "late-update-app", query: { seconds } });
try {
  const reading = await browser.reported("reading", 60_000);
  browser.standIns.host.testing.prelude = "/* another version */";
  console.log(`${engine}: signed in; reading a stream for ${seconds} s while a new version waits`);
  const after = await browser.reported("after", Number(seconds) * 1_000 + 60_000);
  const [first, last] = [sessionOf(reading), sessionOf(after)];
  console.log(
    `the stream was read ${after.ending}; a version waited for its end: ${after.waited}; the API then answers ${after.api}`,
  );
  const good =
    after.api === "200" &&
    first.user?.sub === last.user?.sub &&
    first.worker.startedAt !== last.worker.startedAt;
  console.log(
    good ? "the new version has the same session" : "FAILED: the new version does not have the same session",
  );
  process.exitCode = good ? 0 : 1;
} finally {
  await browser.stop();
}
