// Put in front of a worker's own script: notes when its fetch listener begins, makes a request, sets a header, calls
// fetch, has the response and answers with it. A page gets the notes by posting "handler-profile" with a port.
{
  let notes = [];
  let note = {};

  // First of the listeners: the worker's own one runs right after it.
  addEventListener("fetch", () => {
    note = { listener: performance.now() };
  });

  self.Request = new Proxy(self.Request, {
    construct(Request, parameters) {
      const begun = performance.now();
      const request = new Request(...parameters);
      note.requestBegun = begun;
      note.requestMade = performance.now();
      return request;
    },
  });

  const { fetch } = self;
  self.fetch = (...parameters) => {
    const begun = performance.now();
    const response = fetch(...parameters);
    const own = Object.assign(note, { fetchBegun: begun, fetchReturned: performance.now() });
    // Asked first, so that this is noted before the worker's own script has the response.
    response.then(() => {
      own.responded = performance.now();
    });
    return response;
  };

  const { respondWith } = FetchEvent.prototype;
  FetchEvent.prototype.respondWith = function (response) {
    const own = note;
    const answer = Promise.resolve(response);
    answer.then(() => {
      own.answered = performance.now();
      // The worker's own endpoints fetch nothing.
      if (own.responded !== undefined) notes.push(own);
    });
    respondWith.call(this, answer);
  };

  addEventListener("message", ({ data, ports }) => {
    if (data !== "handler-profile") return;
    ports[0].postMessage({ notes, fineClock: crossOriginIsolated });
    notes = [];
  });
}
