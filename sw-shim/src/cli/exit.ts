/** How the command line ends; documented in docs/command-line.md, and stable. */
export const EXIT = {
  /** Done, or nothing found that is an error. */
  ok: 0,
  /** `doctor` found an error; `init` refused to overwrite. */
  found: 1,
  /** Asked in a way that makes no sense, or for too little. */
  usage: 2,
  /** `doctor` could not judge: no answer, or something else's. */
  unknown: 3,
} as const;

/** Ends a command with a sentence for the person who called it. */
export class Stop extends Error {
  constructor(
    readonly exit: (typeof EXIT)[keyof typeof EXIT],
    message: string,
  ) {
    super(message);
  }
}
