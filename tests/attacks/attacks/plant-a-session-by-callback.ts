import { attack } from "../attack.js";

export default attack({
  name: "opens the callback with a code of its own account (login CSRF)",
  threat: "manipulating the sign-in",
  target: "any",
  async play(stage) {
    await stage.openSignedIn();
    for (const state of ["attack", "", "undefined"]) {
      const url = await stage.codeOfTheAttacker({ state });
      const page = stage.page(
        `<!doctype html><title>Kittens</title><a href="${url.replaceAll("&", "&amp;")}">Kittens</a>`,
      );
      await stage.browser.goto(page);
      await stage.browser.evaluate(() => {
        setTimeout(() => document.querySelector("a")?.click(), 0);
      });
      await stage.browser.waitFor("the callback", async () =>
        (await stage.browser.url()).startsWith(stage.site.origin),
      );
    }
  },
  gain: (stage) => stage.isTheAttackersSession(),
});
