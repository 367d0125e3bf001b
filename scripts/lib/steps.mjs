/** Interval of progress messages: a long silence looks like a hang. */
const STILL_MS = 30_000;

/** How many lines of a failed command's output to print. */
const TAIL_LINES = 100;

/** An error with a message for the user, which is printed without a stack trace. */
export class Problem extends Error {}

/**
 * Prints the title, progress, and the duration.
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
    console.log(`  still running after ${elapsed()}: ${lastLine(said)}`);
  }, STILL_MS);
  const { ok, output } = await work((text) => {
    said = (said + text).slice(-1000);
  });
  clearInterval(still);
  if (!ok) throw new Problem(`${tail(output)}\n\nFailed after ${elapsed()}: ${title}`);
  console.log(`  done in ${elapsed()}`);
}

/**
 * Runs the body of a script. A {@link Problem} ends it with its message and exit code 1.
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

/**
 * For people: `0.4 s`, `12 s`, `3 min 20 s`.
 *
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
