// Shows the note about the clinic's clock where this device's clock is another one, now or in half
// a year: some zones differ in summer only.
const note = document.getElementById("zone");
if (note) {
  const day = 86400000;
  const read = (at, timeZone) =>
    new Date(at).toLocaleString("en-US", { dateStyle: "short", timeStyle: "short", timeZone });
  const moments = [Date.now(), Date.now() + 182 * day];
  note.hidden = moments.every((at) => read(at, note.dataset.zone) === read(at));
}
