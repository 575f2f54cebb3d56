// How long does an exercise run already?  The server's clock decides; this counts on from what it said.
"use strict";
(() => {
  const shown = document.querySelector("[data-stopwatch]");
  if (!shown) return;
  const begun = performance.now() - Number(shown.dataset.stopwatch) * 1000;
  setInterval(() => {
    shown.textContent = String(Math.floor((performance.now() - begun) / 1000));
  }, 1000);
})();
