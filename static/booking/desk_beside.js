// Fills in what is to be done beside the calendar, and asks each minute, while the page is seen,
// whether it is so yet. Asking keeps no session alive. Without this file a link leads to the lists.
import { eachMinute } from "../clinic/each_minute.js";

const box = document.getElementById("beside");
let version = "";

async function ask() {
  const headers = { "X-Unattended": "1", "If-None-Match": version };
  const answer = await fetch(box.dataset.url, { headers, cache: "no-store", redirect: "manual" });
  if (answer.status !== 200) return;
  version = answer.headers.get("ETag");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const links = () => [...box.querySelectorAll("a")];
  const place = links().indexOf(document.activeElement);
  box.replaceChildren(...page.body.childNodes);
  if (place >= 0) (links()[place] || links().at(-1))?.focus({ preventScroll: true });
}

ask().catch(() => {});
eachMinute(ask);
