import { fetchEventFor } from "./browser.js";

/** A stream of frames that a test writes. */
export class WrittenStream {
  #controller;
  #body = new ReadableStream({
    start: (controller) => {
      this.#controller = controller;
    },
    cancel: () => this.#cancel(),
  });
  #cancel;
  #cancelled = new Promise((resolve) => {
    this.#cancel = resolve;
  });

  /** Resolves when its reader wants no more. */
  cancelled() {
    return this.#cancelled;
  }

  response(mediaType) {
    return new Response(this.#body, { headers: { "content-type": mediaType } });
  }

  write(bytes) {
    this.#controller.enqueue(bytes);
  }

  end() {
    this.#controller.close();
  }

  /** As when the service worker dies. */
  break() {
    this.#controller.error(new TypeError("network error"));
  }
}

/** What the browser is between a keeper and its service worker. */
export class Wire {
  #life = new AbortController();

  /**
   * From here on what is fetched of this origin goes to the service worker that answers with `fetch`, as the client
   * `keeper`. The one before it is dead: what it had not finished saying breaks off.
   */
  connect(fetch) {
    const elsewhere = self.fetch;
    const life = new AbortController();
    self.fetch = async (request) => {
      if (!request.url.startsWith(location.origin)) return elsewhere(request);
      return mortal(await fetch(fetchEventFor("keeper", request)), life.signal);
    };
    this.#life.abort(new TypeError("network error"));
    this.#life = life;
  }
}

function mortal(response, signal) {
  if (!response.body) return response;
  const { readable, writable } = new TransformStream();
  response.body.pipeTo(writable, { signal }).catch(() => {});
  return new Response(readable, response);
}
