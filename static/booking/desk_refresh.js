// Fetches the calendar again every minute while it is seen, if something changed. The request keeps
// no session alive; focus and scroll stay; a field in use is left alone. Without this file, reload.
import { eachMinute } from "../clinic/each_minute.js";

const live = () => document.getElementById("calendar");
const scrolled = () => live().querySelector(".cal");
const inUse = () => document.activeElement.closest("#calendar input, #calendar select");
let version = live().dataset.version;

const keyOf = (link) => [link.getAttribute("href"), link.dataset.key].join(" ");
const alike = (link) => [...live().querySelectorAll("a")].filter((one) => keyOf(one) === keyOf(link));

function replaceWith(fresh) {
  const focused = live().contains(document.activeElement) ? document.activeElement : null;
  const place = focused && focused.matches("a") ? alike(focused).indexOf(focused) : -1;
  const [across, down] = scrolled() ? [scrolled().scrollLeft, scrolled().scrollTop] : [0, 0];
  const [left, top] = [scrollX, scrollY];
  live().replaceWith(fresh);
  if (scrolled()) scrolled().scrollTo(across, down);
  if (focused) {
    const again = place < 0 ? null : alike(focused)[place] || alike(focused)[0];
    (again || scrolled())?.focus({ preventScroll: true });
  }
  scrollTo(left, top);
}

async function refresh() {
  if (inUse()) return;
  const answer = await fetch(location.href, {
    headers: { "X-Unattended": "1", "If-None-Match": `"${version}"` },
    cache: "no-store",
    redirect: "manual",
  });
  // Signed out meanwhile: names do not stay on a screen that nobody watches.
  if (answer.type === "opaqueredirect") return location.reload();
  if (answer.status !== 200) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("calendar");
  if (!fresh || fresh.dataset.version === version || inUse()) return;
  version = fresh.dataset.version;
  replaceWith(document.adoptNode(fresh));
  const said = document.getElementById("updated");
  said.textContent = "";
  setTimeout(() => (said.textContent = said.dataset.words), 100);
}

eachMinute(refresh);
