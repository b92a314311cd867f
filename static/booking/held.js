// Says when five minutes and one minute are left of a time that is kept, and when it is over.
// Without this file the page says until when, and confirming says whether it still can be had.
const held = document.getElementById("held");
if (held) {
  const end = Date.now() + 1000 * held.dataset.seconds;
  const said = held.querySelector("[role=status]");
  const watch = setInterval(() => {
    const minutes = (end - Date.now()) / 60000;
    const step = minutes <= 0 ? "over" : minutes <= 1 ? "one" : minutes <= 5 ? "five" : "";
    if (step && said.textContent !== held.dataset[step]) said.textContent = held.dataset[step];
    if (step !== "over") return;
    clearInterval(watch);
    held.classList.replace("is-note", "is-caution");
    document.getElementById("longer")?.remove();
  }, 1000);
}
