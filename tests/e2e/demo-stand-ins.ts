import { startStandIns, type TestedStandIns } from "strongroom-demo/servers/stand-ins.js";
import { built } from "./built.js";

/** The demo with everything in it, as `npm start` serves it, for walks that take pictures. */
export async function withStandIns(work: (standIns: TestedStandIns) => Promise<void>): Promise<void> {
  const standIns = await startStandIns({
    testing: true,
    hint: true,
    lab: true,
    app: built.demo,
    workerScript: built.workerFile,
  });
  try {
    await work(standIns);
  } finally {
    await standIns.close();
  }
}
