import { type StandIns, startStandIns } from "../stand-ins/stand-ins.js";
import { built } from "./built.js";

/** The demo with everything in it, as `npm start` serves it, for walks that take pictures. */
export async function withStandIns(work: (standIns: StandIns) => Promise<void>): Promise<void> {
  const standIns = await startStandIns({
    hint: true,
    lab: true,
    app: built.demo,
  });
  try {
    await work(standIns);
  } finally {
    await standIns.close();
  }
}
