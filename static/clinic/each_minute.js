// Calls `ask` each minute while the page is seen, and at once when it is looked at again after one.
// A lost connection is no error: the next minute asks again. Returns what stops it.
const EVERY = 60000;

export function eachMinute(ask) {
  let last = Date.now();
  const due = () => {
    if (document.visibilityState !== "visible" || Date.now() - last < EVERY) return;
    last = Date.now();
    ask().catch(() => {});
  };
  const watch = setInterval(due, EVERY / 12);
  document.addEventListener("visibilitychange", due);
  return () => {
    clearInterval(watch);
    document.removeEventListener("visibilitychange", due);
  };
}
