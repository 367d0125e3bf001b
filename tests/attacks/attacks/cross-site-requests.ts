import { attack } from "../attack.js";

export const csrfFetch = attack({
  name: "fetches the API on the app's origin from another site",
  threat: "acting as the user from another site",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    await stage.browser.goto(stage.page("<!doctype html><title>Kittens</title>"));
    stage.markRequests();
    await stage.browser.evaluate(async (url) => {
      for (const init of [
        { mode: "no-cors", credentials: "include" },
        { credentials: "include" },
        { method: "POST", mode: "no-cors", credentials: "include", body: '{"text":"planted"}' },
      ] as RequestInit[]) {
        await fetch(url, init).catch(() => {});
      }
    }, `${stage.site.origin}/api/v1/notes`);
    await stage.waitForRequest("/api/v1/notes");
  },
  gain: async (stage) => stage.requestAsTheUser(),
});

export const csrfForm = attack({
  name: "submits a form of another site to the API on the app's origin",
  threat: "acting as the user from another site",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    const action = `${stage.site.origin}/api/v1/notes`;
    await stage.browser.goto(
      stage.page(`<!doctype html><title>Kittens</title>
        <form method="post" enctype="text/plain" action="${action}">
          <input name='{"text":"planted","x":"' value='"}'>
        </form>`),
    );
    stage.markRequests();
    await stage.browser.evaluate(() => {
      setTimeout(() => document.querySelector("form")?.submit(), 0);
    });
    await stage.waitForRequest("/api/v1/notes");
  },
  gain: async (stage) => stage.requestAsTheUser(),
});

export const csrfImage = attack({
  name: "embeds an image and a frame of the API on the app's origin in another site",
  threat: "acting as the user from another site",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    const url = `${stage.site.origin}/api/v1/pixel.png`;
    stage.markRequests();
    await stage.browser.goto(
      stage.page(`<!doctype html><title>Kittens</title><img src="${url}"><iframe src="${stage.site.origin}/api/v1/me"></iframe>
        <iframe src="${stage.site.origin}/"></iframe>`),
    );
    await stage.waitForRequest("/api/v1/pixel.png");
  },
  gain: async (stage) => stage.requestAsTheUser(),
});

export const csrfLink = attack({
  name: "links from another site to the API on the app's origin",
  threat: "acting as the user from another site",
  target: "strongroom",
  async play(stage) {
    await stage.openSignedIn();
    const url = `${stage.site.origin}/api/v1/me`;
    await stage.browser.goto(stage.page(`<!doctype html><title>Kittens</title><a href="${url}">Kittens</a>`));
    stage.markRequests();
    await stage.browser.evaluate(() => {
      setTimeout(() => document.querySelector("a")?.click(), 0);
    });
    await stage.waitForRequest("/api/v1/me");
  },
  gain: async (stage) => stage.requestAsTheUser(),
});

export const csrfSignOut = attack({
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
