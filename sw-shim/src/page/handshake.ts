import type { VaultError } from "./errors";
import type { Greeting, greet } from "./greeting";
import type { evict, unregistered } from "./registrations";

declare const STRONGROOM_VERSION: string;

/** Dependencies are arguments: a shared module would add a third file to every page. */
export interface Tools {
  VaultError: typeof VaultError;
  greet: typeof greet;
  evict: typeof evict;
  unregistered: typeof unregistered;
  sleep(milliseconds: number): Promise<unknown>;
  /** `scope` of connect(). */
  scope: string | undefined;
}

/** How long the vault may take to control the page, in milliseconds. */
const CONTROL_TIMEOUT = 10_000;

/** How long an active worker may take to respond, in milliseconds, before its script is checked for an update. */
const UPDATE_CHECK_DELAY = 500;

/**
 * Waits until a worker that responds as the vault, in this client's version, controls the page. Only the response counts: another
 * app's worker may be active at this scope, even at this URL, from before the vault was deployed. Each worker is asked as
 * soon as it can respond. A silent or outdated one is checked for an update, once.
 *
 * Does not wait for a newer worker of the same version: another tab's requests may hold it up for minutes.
 *
 * @param silent the controller, if it was asked and has not responded within `SLOW`.
 */
export async function handshake(
  { VaultError, greet, evict, unregistered, sleep, scope }: Tools,
  container: ServiceWorkerContainer,
  href: string,
  script: string,
  registering: Promise<ServiceWorkerRegistration>,
  silent: ServiceWorker | null | undefined,
): Promise<Greeting> {
  const mismatch = ({ version }: Greeting) =>
    new VaultError("version_mismatch", `The page has ${STRONGROOM_VERSION}, the worker ${version}.`);
  /** The workers that were asked, and what they responded. */
  const greetings = new Map<ServiceWorker, Greeting | undefined>();
  let registration: ServiceWorkerRegistration | undefined;
  let failure: (() => Promise<never>) | undefined;
  let wasActive = false;
  let isUpdated = false;
  let isCleared = false;
  let isSlow = false;
  let isOver = false;
  let resume = () => {};
  const look = () => resume();

  registering.then(
    (registered) => {
      registration = registered;
      registered.addEventListener("updatefound", look);
      look();
    },
    (cause) => {
      // In a file of its own, which only pages load that cannot connect.
      failure = async () => (await import("./diagnose")).diagnose(href, script, scope, cause, VaultError);
      look();
    },
  );
  container.addEventListener("controllerchange", look);
  sleep(UPDATE_CHECK_DELAY).then(() => {
    isSlow = true;
    look();
  });
  sleep(CONTROL_TIMEOUT).then(() => {
    isOver = true;
    look();
  });

  const isVault = (worker: ServiceWorker | null) =>
    worker && greetings.get(worker)?.version === STRONGROOM_VERSION;
  for (;;) {
    const change = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const { controller } = container;
    const { installing, waiting, active } = registration ?? {};
    for (const worker of [controller, active, waiting, installing]) {
      if (worker?.scriptURL !== href) continue;
      worker.addEventListener("statechange", look);
      wasActive ||= worker === active;
      if (worker.state !== "activated" || greetings.has(worker)) continue;
      greetings.set(worker, undefined);
      greet(worker).then((greeting) => {
        greetings.set(worker, greeting);
        look();
      });
    }

    const vault = [controller, ...greetings.keys()].find(isVault);
    const greeting = vault && greetings.get(vault);
    if (greeting) {
      const isEvicted = !isCleared && (await evict(container, href, greeting));
      isCleared = true;
      if (container.controller === vault) return greeting;
      if (isEvicted) {
        // Greet it again, so that it claims the page.
        greetings.delete(vault);
        continue;
      }
      const rival = await container.getRegistration();
      if (rival && rival.scope.length > greeting.scope.length) {
        throw new VaultError(
          "out_of_scope",
          `Another service worker, of ${rival.scope}, controls this page.`,
        );
      }
    } else if (failure) {
      return failure();
    } else if (registration) {
      if (!location.href.startsWith(registration.scope)) {
        throw new VaultError("out_of_scope", `The scope ${registration.scope} does not cover this page.`);
      }
      if (![installing, waiting, active].some((worker) => worker && worker.state !== "redundant")) {
        throw wasActive
          ? unregistered()
          : new VaultError("worker_failed", `The worker ${href} could not be installed.`);
      }
      const current = active && greetings.get(active);
      if (!installing && !waiting && (current || isSlow || active === silent)) {
        if (!isUpdated) {
          isUpdated = true;
          await registration.update().catch(() => {});
          const { scope } = registration;
          if ((await container.getRegistration(scope))?.scope !== scope) throw unregistered();
          continue;
        }
        if (current) throw mismatch(current);
      }
    }
    if (isOver) {
      const [outdated] = [...greetings.values()].filter((greeting) => greeting);
      throw outdated && !greeting
        ? mismatch(outdated)
        : new VaultError("worker_failed", `The worker ${href} does not respond.`);
    }
    await change;
  }
}
