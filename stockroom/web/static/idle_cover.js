// A tablet that nobody touches covers its screen: no patient's name is read by who walks past, and the work stays
// below. The server is told at once; what it hears of a person who only reads and taps is said by and by.
import { isCovered, isTablet, leave, openSheet, stillHere } from "./tablet.js";

const SEEN = "tablet-seen"; // when somebody touched any page of this tablet; no word about anybody
const idle = Number(document.body.dataset.idle ?? 0) * 1000;
let told = Date.now();

const seenAt = () => Number(localStorage.getItem(SEEN) ?? 0);

function touched() {
  if (isCovered()) return;
  const now = Date.now();
  if (now - seenAt() >= idle) return look(); // it was idle already: the cover comes first
  localStorage.setItem(SEEN, String(now));
  if (now - told > idle / 3) {
    told = now;
    stillHere().then((isOn) => isOn || cover({ isTold: true }), () => {});
  }
}

async function cover({ isTold = false } = {}) {
  if (isCovered()) return;
  document.documentElement.classList.add("covered");
  if (!isTold && document.visibilityState === "visible") await leave();
  await openSheet({ covers: true });
}

function look() {
  if (!isCovered() && Date.now() - seenAt() >= idle) cover();
}

if (isTablet && idle > 0) {
  localStorage.setItem(SEEN, String(Date.now()));
  for (const kind of ["pointerdown", "keydown", "wheel", "input"]) addEventListener(kind, touched, { capture: true, passive: true });
  addEventListener("tablet-person", () => {
    told = Date.now();
    localStorage.setItem(SEEN, String(told));
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  setInterval(look, 500);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-cover]")) return;
    event.preventDefault();
    cover();
  });
}
