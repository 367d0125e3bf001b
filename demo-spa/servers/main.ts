import { PortTakenError } from "../../dev-provider/src/loopback.js";
import { ada } from "../../dev-provider/src/users.js";
import { startDemo } from "./demo.js";
import { localPorts } from "./ports.js";

await start().catch((error) => {
  console.error(error instanceof PortTakenError ? portTaken(error.port) : error.message);
  process.exitCode = 1;
});

async function start(): Promise<void> {
  const ports = localPorts(process.env.STRONGROOM_PORT);
  const { origin, vaultOrigin, authorizationServer, api, lab, close } = await startDemo({ ports });
  console.log(`
  The vault on the app's own origin
    Demo                ${origin}/
    Attack lab          ${lab.vault}
  The vault on an origin of its own, ${vaultOrigin.vault}
    Demo                ${vaultOrigin.app}/
    Attack lab          ${lab["vault-origin"]}

  User                  ${ada.username}, password ${ada.password}
  Authorization server  ${authorizationServer.origin}
  API                   ${api.url}

  Press Ctrl+C to stop.
`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void close());
}

function portTaken(port: number): string {
  const { app: first } = localPorts(process.env.STRONGROOM_PORT);
  const who = [
    "the demo",
    "the authorization server",
    "the API",
    "the attack lab's app",
    "the attack lab's attacker",
  ][port - first];
  const other = first > 60_000 ? first - 1000 : first + 1000;
  return `Port ${port} for ${who} is already in use. Stop the program that uses it, or choose the first of five consecutive ports: STRONGROOM_PORT=${other} npm start`;
}
