// The same code twice within the guard time is one scan: a trigger that was held, a scanner that read again.
// The second one is not sent, and that is said. Kept for this tab, because a scan may lead to another page.
import { note, unsay, words } from "./scan_notes.js";

const guardMs = Number(words?.guardMs ?? 0);

// Before everything else that listens.
document.addEventListener("submit", (event) => {
  const field = event.target.querySelector?.("[data-scan-field]");
  const text = field?.value.trim();
  if (!text || !guardMs) return;
  const last = JSON.parse(sessionStorage.getItem("last-scan") ?? "null");
  const now = Date.now();
  sessionStorage.setItem("last-scan", JSON.stringify({ text, at: now }));
  if (last?.text !== text || now - last.at >= guardMs || now < last.at) return unsay();
  event.preventDefault();
  event.stopImmediatePropagation();
  field.value = "";
  note(words.twice);
}, { capture: true });
