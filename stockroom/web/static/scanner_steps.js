// Three codes one after the other: Enter or Tab of the scanner goes to the next field, the last one is sent. How a
// scan ended and how fast it came is measured here, because no server sees it.
const form = document.querySelector("[data-scanner-steps]");
const fields = [...form.querySelectorAll("[data-step]")];
const QUIET_MS = 600; // after which a scan that ended with nothing is over

for (const [n, field] of fields.entries()) {
  const end = form.querySelector(`[name="${field.name}_end"]`);
  const speed = form.querySelector(`[name="${field.name}_ms"]`);
  let first = 0;
  let last = 0;
  let count = 0;
  let timer = 0;
  const over = (how) => {
    clearTimeout(timer);
    if (!field.value) return;
    end.value = how;
    if (count > 1) speed.value = String(Math.round((last - first) / (count - 1)));
    const next = fields[n + 1];
    if (next) next.focus();
    else form.requestSubmit();
  };
  field.addEventListener("focus", () => field.select());
  field.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === "Tab") && count > 1) {
      event.preventDefault();
      over(event.key);
      count = 0;
      return;
    }
    if (event.key === "Enter") event.preventDefault();
    if (event.key.length !== 1) return;
    if (!count) first = event.timeStamp;
    last = event.timeStamp;
    count += 1;
    clearTimeout(timer);
    // Somebody who types by hand is slower than any scanner and ends with Enter.
    timer = setTimeout(() => { if (count > 8 && (last - first) / count < 100) { over("none"); count = 0; } }, QUIET_MS);
  });
}
(fields.find((field) => !field.value) ?? fields[0]).focus();
