// The amount of the last use: presses of − and + are gathered and sent once; a pad of large keys for gloves.
import { pressed } from "./number_pad.js";

const PAUSE_MS = 900;
let timer = 0;

function equip() {
  const form = document.querySelector("form[data-amount]");
  if (!form || form.dataset.ready) return;
  form.dataset.ready = "yes";
  const input = form.querySelector("[name=to]");
  const pad = form.querySelector("[data-pad]");
  const opener = document.querySelector("[data-open-pad]");
  const set = form.querySelector('button[value="set"]:not(.visually-hidden)');
  const step = Number(form.dataset.step);
  const whole = Number(form.dataset.whole); // base units in one of the unit beside the number
  const units = () => Math.round(Number(input.value.replace(",", ".")) * whole);
  const send = () => input.value !== input.dataset.was && input.isConnected && form.requestSubmit(set);
  const mark = () => {
    const isOther = input.value !== input.dataset.was;
    set.classList.toggle("btn-primary", isOther);
    set.classList.toggle("btn-quiet", !isOther);
  };
  input.addEventListener("input", mark);
  input.addEventListener("focus", () => input.select());
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE_MS);
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.value === "less" || button?.value === "more") {
      event.preventDefault();
      const next = units() + (button.value === "more" ? step : -step);
      if (next > 0) input.value = String(next / whole);
      mark();
      later();
    } else if (button?.dataset.digit) {
      clearTimeout(timer);
      const fresh = !form.dataset.typing;
      form.dataset.typing = "yes";
      input.value = pressed(fresh ? "" : input.value, button.dataset.digit, { whole: "wholeNumbers" in form.dataset });
      mark();
    }
  });
  opener.hidden = false;
  opener.addEventListener("click", () => {
    pad.hidden = !pad.hidden;
    form.classList.toggle("amount-with-pad", !pad.hidden);
  });
}

addEventListener("bench-shown", () => {
  clearTimeout(timer);
  equip();
});
equip();
