// Warns three minutes before the session ends, then closes the form; what stands in it is saved.
const box = document.getElementById("idle");
if (box) {
  const end = Date.now() + 1000 * box.dataset.seconds;
  const ended = box.querySelector("[name=ended]");
  const watch = setInterval(() => {
    const left = end - Date.now();
    box.hidden = left > 180000;
    if (left < 15000) {
      clearInterval(watch);
      ended.form.requestSubmit(ended);
    }
  }, 1000);
}
