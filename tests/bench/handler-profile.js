// Runs before a worker's own script and records when its fetch listener starts, creates a request, sets a header, calls
// fetch, gets the response and responds. A page gets the records by posting "handler-profile" with a port.
{
  let notes = [];
  let note = {};

  // The first listener; the worker's own runs right after it.
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
    // Registered first, so that this is recorded before the worker's own script gets the response.
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
      // The worker's own endpoints call no fetch.
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
