// What the attributes of htmx cannot say where no script may be evaluated. A part that refreshes
// itself waits while nobody looks at the page, or while a field or menu in it is in use. Focus and
// scroll stay. When a part can be refreshed no more, the page says so, once. Without this file and
// htmx a page is as old as when it was loaded, and its links and forms load pages.
const IN_USE = "dialog[open], details[open], :is(input, select, textarea):focus";
const said = document.getElementById("refreshing");
const failing = new Set();
let isOver = false;
let before = null;
// A refused form came back with what was typed.
let isTyped = Boolean(document.querySelector("main [role=alert]"));

const on = (names, act) => names.split(" ").forEach((one) => document.addEventListener(one, act));
const isRefresh = (detail) => "X-Unattended" in detail.requestConfig.headers;
// Another page than the one that was asked for.
const isOther = ({ xhr, target }) =>
  xhr.status === 200 && !xhr.responseText.includes(`id="${target.id}"`);
const inUse = (part) => Boolean(part.querySelector(IN_USE));

function say(words) {
  if (said.textContent === words) return;
  const note = document.createElement("p");
  note.className = "toast-bar";
  note.textContent = words;
  said.replaceChildren(...(words ? [note] : []));
}

// What nobody looks after is taken from the screen, but not what somebody wrote.
function end() {
  if (isOver) return;
  isOver = true;
  if (!isTyped) return location.assign(location.pathname + location.search);
  document.querySelector("#waits .toast-bar")?.remove();
  say(said.dataset.over);
}

// What htmx could not fetch is opened as the link or form does without it. Who only says that she is
// still there stays on her page: it holds what she typed.
const isStaying = (detail) => detail.elt?.id === "waits-stay";
const open = (detail) => location.assign(detail.pathInfo.finalRequestPath);

on("input", () => (isTyped = true));
on("signed-out", end);

on("htmx:beforeRequest", (event) => {
  if (!isRefresh(event.detail)) return;
  const isSeen = document.visibilityState === "visible";
  if (isOver || !isSeen || inUse(event.detail.target)) event.preventDefault();
});

// Signed out already: no page to sign in takes the place of this one.
on("htmx:beforeOnLoad", (event) => {
  if (!isStaying(event.detail) || !event.detail.xhr.getResponseHeader("HX-Redirect")) return;
  event.preventDefault();
  end();
});

on("htmx:responseError htmx:sendError htmx:timeout", ({ detail }) => {
  if (isStaying(detail)) return say(said.dataset.failed);
  if (!isRefresh(detail)) return open(detail);
  failing.add(detail.target.id);
  if (!isOver) say(said.dataset.failed);
});

on("htmx:afterRequest", ({ detail }) => {
  // A page that is not the part, as of a proxy in between, brought nothing up to date.
  if (!detail.successful || !isRefresh(detail) || isOver || isOther(detail)) return;
  failing.delete(detail.target.id);
  if (!failing.size) say("");
});

on("htmx:beforeSwap", ({ detail }) => {
  const { target } = detail;
  if (detail.shouldSwap && isOther(detail)) {
    detail.shouldSwap = false;
    if (isRefresh(detail) || isStaying(detail)) say(said.dataset.failed);
    else open(detail);
  }
  if (isRefresh(detail) && inUse(target)) detail.shouldSwap = false;
  const boxes = [...target.querySelectorAll("[id][tabindex='0']")];
  before = {
    isInside: target.contains(document.activeElement),
    page: { left: scrollX, top: scrollY, behavior: "instant" },
    boxes: boxes.map(({ id, scrollLeft: left, scrollTop: top }) => ({ id, left, top })),
  };
});

// htmx gives focus back to what has the same id. What is gone leaves it to the place it was in.
on("htmx:afterSwap", ({ detail }) => {
  const main = document.getElementById("main");
  const part = document.getElementById(detail.target.id);
  for (const { id, ...place } of before.boxes) document.getElementById(id)?.scrollTo(place);
  if (before.isInside && document.activeElement === document.body) {
    (part?.querySelector("[tabindex='0']") || main).focus({ preventScroll: true });
  }
  // A bar that grows above moves what is read; the browser makes up for that itself.
  if (isRefresh(detail) && main.contains(part)) scrollTo(before.page);
});
