#!/usr/bin/env node
import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline/promises";
import { fileURLToPath } from "node:url";
import { EXIT, Stop } from "./exit";
import { main } from "./main";

process.exitCode = await main(process.argv.slice(2), {
  cwd: process.cwd(),
  workerFile: fileURLToPath(new URL("./strongroom-worker.js", import.meta.url)),
  out: (text) => stdout.write(text),
  // To standard error, so that results can be piped.
  say: (text) => console.error(text),
  ...(stdin.isTTY && stdout.isTTY ? { ask } : {}),
});

/** Asks a question. Ctrl+C or Ctrl+D ends the command. */
function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: stdin, output: stdout });
  return new Promise((resolve, reject) => {
    terminal.once("close", () => reject(new Stop(EXIT.usage, "\nNothing was written.")));
    terminal.question(question).then((answer) => {
      resolve(answer.trim());
      terminal.close();
    }, reject);
  });
}
