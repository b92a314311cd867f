// Keys of the calendar: each link says which key presses it. Nothing is taken from a field, nor
// from a key pressed together with another one; every link works without this file.
const inField = (at) => at.closest("input, select, textarea, [contenteditable]");
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const entries = [...document.querySelectorAll(".cal tbody a")];
    const here = entries.indexOf(document.activeElement);
    const next = entries[here + (event.key === "ArrowDown" ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
    return;
  }
  const link = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (link) link.click();
});
document.addEventListener("click", (event) => event.target.closest("[data-print]") && print());
