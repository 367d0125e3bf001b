import { PortTakenError } from "../../dev-provider/src/loopback.js";
import { ada } from "../../dev-provider/src/users.js";
import { startDemo } from "./demo.js";

const firstPort = Number(process.env.STRONGROOM_PORT ?? 5173);

if (!Number.isInteger(firstPort) || firstPort < 1 || firstPort > 65_531) {
  fail(`STRONGROOM_PORT is "${process.env.STRONGROOM_PORT}". Use a port from 1 to 65531.`);
} else {
  await start().catch((error) => {
    if (error instanceof PortTakenError) fail(whichPort(error.port));
    else fail(error instanceof Error ? error.message : String(error));
  });
}

async function start(): Promise<void> {
  const ports = {
    app: firstPort,
    authorizationServer: firstPort + 1,
    api: firstPort + 2,
    naiveApp: firstPort + 3,
    attacker: firstPort + 4,
  };
  const { origin, authorizationServer, api, lab, close } = await startDemo({ ports });
  console.log(`
  Demo                  ${origin}/
  Attack lab            ${lab.vault}
  User                  ${ada.username}, password ${ada.password}
  Authorization server  ${authorizationServer.origin}
  API                   ${api.url}

  Press Ctrl+C to stop.
`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void close());
}

function whichPort(port: number): string {
  const who = [
    "the demo",
    "the authorization server",
    "the API",
    "the attack lab's app",
    "the attack lab's attacker",
  ][port - firstPort];
  const other = firstPort > 60_000 ? firstPort - 1000 : firstPort + 1000;
  return `Port ${port} for ${who} is already in use. Stop the program that uses it, or choose the first of five consecutive ports: STRONGROOM_PORT=${other} npm start`;
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}
