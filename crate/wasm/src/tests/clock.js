import { Happenings } from "./awaited.js";

/** From here on time stands still, on both clocks and for every timer, until a test lets it pass. */
export class StoppedClock {
  #passed = 0;
  #timers = [];
  #lengths = [];
  #set = new Happenings();
  #real = { setTimeout: self.setTimeout, now: Date.now };

  constructor() {
    const [wall, monotonic] = [Date.now(), performance.now()];
    Date.now = () => wall + this.#passed;
    performance.now = () => monotonic + this.#passed;
    self.setTimeout = (callback, ms) => {
      this.#timers.push({ callback, due: this.#passed + ms });
      this.#lengths.push(ms);
      this.#set.happens();
    };
  }

  /** Lets so many milliseconds pass at once, and calls every timer that is due by then. */
  pass(ms) {
    this.#passed += ms;
    const due = this.#timers.filter((timer) => timer.due <= this.#passed);
    this.#timers = this.#timers.filter((timer) => timer.due > this.#passed);
    for (const { callback } of due.sort((a, b) => a.due - b.due)) callback();
  }

  /** Resolves with the length of the timer set as number `index` of all, in milliseconds, once it is set. */
  async timer(index) {
    await this.#set.reach(index + 1);
    return this.#lengths[index];
  }

  restore() {
    Date.now = this.#real.now;
    delete performance.now;
    self.setTimeout = this.#real.setTimeout;
  }
}
