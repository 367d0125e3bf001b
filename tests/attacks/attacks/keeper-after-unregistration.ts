import { text } from "node:stream/consumers";
import { attack } from "../attack.js";

export default attack({
  name: "unregisters the worker and reads what the keeper sends to the host",
  threat: "persistent theft",
  target: "strongroom",
  // The document stays open, and its keeper keeps asking for the worker.
  async payload(it) {
    for (const registration of await navigator.serviceWorker.getRegistrations())
      await registration.unregister();
    await it.pause(500);
  },
  async play(stage) {
    await stage.openSignedIn();
    const { site, lab, attackerPath } = stage;
    // Here the attacker controls the host, which imitates the worker's response to the keeper.
    let heard = 0;
    site.routes.set("/auth/keep", async (request, response) => {
      heard += 1;
      lab.attacker.add(
        attackerPath.slice(1),
        `${JSON.stringify(request.headers)} ${request.url} ${await text(request)}`,
      );
      const greeting = Buffer.concat([Buffer.from([1, 0, 0, 0, 66, 1, 4]), Buffer.alloc(64, 7)]);
      response.writeHead(200, { "content-type": "application/vnd.strongroom.frames" }).end(greeting);
    });
    await stage.inject();
    await stage.browser.goto(`${site.origin}/config.json`);
    await stage.openUnconnected();
    await stage.browser
      .waitFor("the keeper, if it is still there", async () => heard > 0, 1_500)
      .catch(() => {});
    site.routes.delete("/auth/keep");
  },
});
