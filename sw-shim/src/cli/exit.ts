/** Exit codes. They are stable and documented in docs/command-line.md. */
export const EXIT = {
  /** Success; `doctor` found no error. */
  ok: 0,
  /** `doctor` found an error; `init` did not overwrite a changed file. */
  found: 1,
  /** Invalid or missing arguments. */
  usage: 2,
  /** `doctor` could not check the app: no response, or not from the app. */
  unknown: 3,
} as const;

/** Ends a command with a message for the user. */
export class Stop extends Error {
  constructor(
    readonly exit: (typeof EXIT)[keyof typeof EXIT],
    message: string,
  ) {
    super(message);
  }
}
