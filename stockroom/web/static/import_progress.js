// How far a file is: asked twice a second, and the page again when it is done.  Without it the page reloads itself.
"use strict";

const box = document.querySelector("[data-progress]");

async function look() {
  try {
    const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    if (!told.is_at_work) return location.reload();
    box.querySelector("progress").value = told.done;
    box.querySelector("[data-progress-word]").textContent = told.done;
  } catch {
    // the connection was away for a moment; it is asked again
  }
  setTimeout(look, 500);
}

if (box) setTimeout(look, 300);
