import type { Options } from "../lib/commands.mjs";

/** One thing that `npm test` looks at, and that can be looked at alone: `npm test -- <name>`. */
export interface Check {
  name: string;
  /** For `--list`. */
  what: string;
  requires: Requirement[];
  /** Names of the checks that make what this one reads. They run first, also when this one is asked for alone. */
  after?: string[];
  /** The only system on which it runs. Default: all. */
  platform?: NodeJS.Platform;
  /** Takes longer than anybody waits for each time: not part of a run of all checks. */
  onlyByName?: boolean;
  /** Uses cargo's target directory, which cargo lets one command at a time write to. */
  usesCargo?: boolean;
  /** Files that cannot change its result, by their paths from the root. Default: none. */
  ignores?: RegExp[];
  /** Runs even if no file has changed: its result depends on more, or others need what it makes. */
  everyTime?: boolean;
  /** Fails by a failed command, a failed case or a thrown error. Returns the test cases, if it has any. */
  run(job: Job): Promise<Cases | undefined>;
}

/** Test cases, as their runner counted them. */
export interface Cases {
  passed: number;
  failed: number;
  skipped: number;
}

/** What a running check has at hand. */
export interface Job {
  /** Runs a command from the root. One that fails makes the check fail, which may go on all the same. */
  run(command: string, args: string[], options?: Options): Promise<{ ok: boolean; output: string }>;
  /** Runs a command that may fail. */
  attempt(command: string, args: string[], options?: Options): Promise<{ ok: boolean; output: string }>;
  /** Makes the check fail. */
  fail(why: string): void;
  /** Adds a line to the summary: a figure worth knowing, or what was left out and why. */
  note(line: string): void;
}

/** How a check went. */
export interface Result {
  check: Check;
  passed: boolean;
  cases: Cases | undefined;
  notes: string[];
  milliseconds: number;
  /** It was not run, because no file that it depends on has changed since it passed. */
  unchanged?: boolean;
}

/** Something that has to be on the machine before a script can do its work. */
export interface Requirement {
  /** As people call it: `geckodriver 0.37.1`. */
  name: string;
  /** Whether the right version is there. Quick, and without side effects: it runs at every start. */
  isHere(): boolean | Promise<boolean>;
  /** Puts it there, or throws a `Problem` that says how the person at the terminal can. */
  install(): Promise<void>;
}
