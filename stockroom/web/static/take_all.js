// Ticks or unticks every line of a table at once; without it each line has its own box.
"use strict";

for (const label of document.querySelectorAll("[data-take-all]")) {
  const all = label.querySelector("input");
  const boxes = () => [...document.querySelectorAll(`input[type="checkbox"][form="${label.dataset.takeAll}"]`)];
  const show = () => {
    const ticked = boxes().filter((box) => box.checked).length;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && ticked < boxes().length;
  };
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
  });
  for (const box of boxes()) box.addEventListener("change", show);
  label.hidden = false;
  show();
}
