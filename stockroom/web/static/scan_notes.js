// What a scan came to where nothing was sent: said in words that stay long enough to be read, and aloud.
const STAYS_MS = 8000;
let timer = 0;

export const words = document.querySelector("[data-scan-words]")?.dataset ?? null;

export function note(sentence) {
  let place = document.getElementById("scan-note");
  if (!place) {
    place = document.createElement("p");
    place.id = "scan-note";
    place.className = "scan-note";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  place.textContent = sentence;
  place.hidden = false;
  clearTimeout(timer);
  timer = setTimeout(() => { place.hidden = true; }, STAYS_MS);
  dispatchEvent(new CustomEvent("bench-outcome", { detail: "noted" }));
}

export function unsay() {
  const place = document.getElementById("scan-note");
  if (place) place.hidden = true;
}
