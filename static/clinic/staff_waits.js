// Asks every minute, while the page is seen, what waits for staff and whether the session ends soon.
// Asking keeps no session alive; the button does. Without this file the bar is as old as the page.
import { eachMinute } from "./each_minute.js";

const bar = document.getElementById("waits");
const { url, over } = bar.dataset;
// A refused form came back with what was typed.
let typed = Boolean(document.querySelector("main [role=alert]"));
document.addEventListener("input", () => (typed = true));

function show(fresh) {
  if (fresh.innerHTML === bar.innerHTML) return;
  const at = document.activeElement;
  const place = [...bar.querySelectorAll("a, button")].indexOf(at);
  bar.replaceChildren(...fresh.childNodes);
  if (place < 0) return;
  const now = [...bar.querySelectorAll("a, button")];
  (now[place] || now.at(-1) || document.getElementById("main")).focus({ preventScroll: true });
}

// What nobody looks after is taken from the screen, but not what somebody wrote.
function leave() {
  stop();
  if (!typed) return location.assign(location.pathname + location.search);
  const note = document.createElement("p");
  note.className = "toast-bar";
  note.textContent = over;
  bar.replaceChildren(note);
}

async function ask(headers) {
  const answer = await fetch(url, { headers, cache: "no-store", redirect: "manual" });
  if (answer.type === "opaqueredirect") return leave();
  if (answer.status !== 200) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  show(page.getElementById("waits"));
}

const stop = eachMinute(() => ask({ "X-Unattended": "1" }));
bar.addEventListener("click", (event) => event.target.closest("button") && ask({}).catch(() => {}));
