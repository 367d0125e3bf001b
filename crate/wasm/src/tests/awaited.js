/** Something that happens now and then, and that a test can wait for instead of for time. */
export class Happenings {
  count = 0;
  #waiting = new Set();

  happens() {
    this.count += 1;
    for (const look of this.#waiting) look();
  }

  /** Resolves once it has happened `count` times in all. */
  reach(count) {
    return new Promise((resolve) => {
      const look = () => {
        if (this.count < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** Whether nothing that has happened until now settles `promise`. */
export async function isPending(promise) {
  const task = new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => resolve(true);
    port2.postMessage(null);
  });
  const settled = () => false;
  return Promise.race([promise.then(settled, settled), task]);
}
