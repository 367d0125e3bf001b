import { attack } from "../attack.js";

export default attack({
  name: "signs the user out from another site",
  threat: "acting as the user from another site",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    for (const path of ["logout", "refresh", "keep"]) {
      for (const method of ["get", "post"]) {
        const url = `${stage.site.origin}/auth/${path}`;
        await stage.browser.goto(
          stage.page(
            `<!doctype html><title>Kittens</title><form method="${method}" action="${url}"></form><img src="${url}">`,
          ),
        );
        await stage.browser.markDocument();
        await stage.browser.evaluate(() => {
          setTimeout(() => document.querySelector("form")?.submit(), 0);
        });
        await stage.browser.waitForNewDocument();
      }
    }
    await stage.open();
  },
  gain: async (stage) => ((await stage.state()) === "signed-out" ? "the user was signed out" : undefined),
});
