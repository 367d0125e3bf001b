/** What crosses between the test and the page: JSON, the same in every engine's driver. */
export type Json = string | number | boolean | null | undefined | Json[] | { [key: string]: Json };

/** An error thrown in the page, with the page's name, message and stack, and the `code` of a `VaultError`. */
export class PageError extends Error {
  constructor(
    override readonly name: string,
    message: string,
    readonly pageStack: string,
    readonly code: string | null,
  ) {
    super(message);
  }
}

type Outcome =
  | { value: Json }
  | { error: { name: string; message: string; stack: string; code: string | null } };

/**
 * The text of an asynchronous WebDriver script that runs a function of the test in the page. Neither `eval` nor
 * `Function` is involved, so that it also runs under the app's Content-Security-Policy.
 */
export function asyncScript(pageFunction: (...args: never[]) => unknown): string {
  return `
    const [argumentsAsJson, done] = arguments;
    // esbuild wraps the functions it names in this helper; in the page it has nothing to do.
    const __name = (named) => named;
    const run = async () => (${pageFunction.toString()})(...JSON.parse(argumentsAsJson));
    run().then(
      (value) => done(JSON.stringify({ value })),
      (error) => done(JSON.stringify({
        error: { name: String(error?.name ?? "Error"), message: String(error?.message ?? error), stack: String(error?.stack ?? ""), code: typeof error?.code === "string" ? error.code : null },
      })),
    );`;
}

/** The value a script of {@link asyncScript} came to, or its error. */
export function readOutcome(text: string): Json {
  const outcome = JSON.parse(text) as Outcome;
  if ("error" in outcome) {
    const { name, message, stack, code } = outcome.error;
    throw new PageError(name, message, stack, code);
  }
  return outcome.value;
}
