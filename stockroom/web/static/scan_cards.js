// Command cards: a scanned card presses the button that bears its word, so that nobody touches the screen.
// While a question or refusal stands on the page, only its own answers count. A card for which there is no
// button is said, and nothing is done.
import { note, words } from "./scan_notes.js";

let isBrokenMeant = false; // the card "broken" came first, and a number says which one

export function cardOf(text) {
  return text.trim().match(/^(?:\][A-Za-z]\d)?SRK:([A-Z0-9]+)$/i)?.[1].toUpperCase() ?? null;
}

const isShown = (element) => element.getClientRects().length > 0;
const isNumber = (word) => /^\d+$/.test(word);

function buttons(word) {
  const scope = document.querySelector("[data-stop]") ?? document;
  return [...scope.querySelectorAll(`[data-card~="${word}"]`)].filter(isShown);
}

function chosen(word) {
  const choices = [...document.querySelectorAll("[data-stop] [data-card-choice]")].filter(isShown);
  const choice = choices[Number(word) - 1];
  return choice && isBrokenMeant ? choice.parentElement.querySelector('[data-card~="BROKEN"]') : choice;
}

function amount(word) {
  const form = document.querySelector("[data-stop]") ? null : document.querySelector("form[data-amount]");
  if (!form) return null;
  form.querySelector("[name=to]").value = word;
  return form.querySelector('button[value="set"]:not(.visually-hidden)');
}

// Where the next scan may say how much is taken: the number is for it.
function amountOfNext(word) {
  const field = document.querySelector("[data-stop]") ? null : document.querySelector("[data-bench-scan] [data-for-one-scan]");
  if (!field) return false;
  field.value = word;
  note(words.amountNext.replace("{amount}", word));
  return true;
}

// Presses what the card means here; false where it means nothing here.
export function press(word) {
  const found = isNumber(word) ? chosen(word) ?? amount(word) : buttons(word)[0];
  if (word === "BROKEN" && buttons(word).length > 1) {
    isBrokenMeant = true;
    note(words.whichBroken);
    return true;
  }
  isBrokenMeant = false;
  if (!found && isNumber(word) && amountOfNext(word)) return true;
  const isAsked = word !== "YES" || buttons(word).length < 2;
  if (!found || !isAsked) {
    note(words.noCard.replace("{card}", word));
    return false;
  }
  if (found instanceof HTMLFormElement) found.requestSubmit();
  else if (found instanceof HTMLButtonElement && found.form) found.form.requestSubmit(found);
  else found.click();
  return true;
}

// Where scans are not queued: a card is never sent.
document.addEventListener("submit", (event) => {
  const field = event.target.querySelector?.("[data-scan-field]");
  const word = field && !event.target.matches("[data-bench-scan]") ? cardOf(field.value) : null;
  if (!word || !words) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  field.value = "";
  press(word);
}, { capture: true });
