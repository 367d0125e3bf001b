import { duration } from "./duration.mjs";

/** A long silence looks like a hang. */
const STILL_MS = 30_000;

/** How much of a failed command's output is worth reading in a terminal. */
const TAIL_LINES = 100;

/** What went wrong, in a sentence for the person at the terminal; no stack trace would help. */
export class Problem extends Error {}

/**
 * Says what is being done, that it is still being done, and how long it took.
 *
 * @param {string} title
 * @param {(onOutput: (text: string) => void) => Promise<import("./commands.mjs").Ended>} work
 */
export async function step(title, work) {
  const start = performance.now();
  const elapsed = () => duration(performance.now() - start);
  let said = "";
  console.log(title);
  const still = setInterval(() => {
    console.log(`  still at it after ${elapsed()}: ${lastLine(said)}`);
  }, STILL_MS);
  const { ok, output } = await work((text) => {
    said = (said + text).slice(-1000);
  });
  clearInterval(still);
  if (!ok) throw new Problem(`${tail(output)}\n\nThis failed after ${elapsed()}: ${title}`);
  console.log(`  done in ${elapsed()}`);
}

/**
 * Runs the body of a script. A {@link Problem} ends it with its sentence and exit code 1.
 *
 * @param {() => Promise<void>} body
 */
export async function script(body) {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** @param {string} output */
export function tail(output) {
  return output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}

/** @param {string} text */
function lastLine(text) {
  return text.trimEnd().split("\n").at(-1)?.trim() ?? "";
}
