// A scanner types. The group separator (ASCII 29) of a GS1 code must not get lost between keyboard and form:
// scanners send it as the character itself, as Ctrl+] or as Alt+029 on the number pad.
const SEPARATOR = "\u001d";

function put(field, text) {
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const field of document.querySelectorAll("[data-scan-field]")) {
  let digits = "";
  field.addEventListener("keydown", (event) => {
    // By the place of the key as well: on another keyboard something else stands on it.
    if (event.ctrlKey && (event.key === "]" || event.key === SEPARATOR || event.code === "BracketRight")) {
      event.preventDefault();
      put(field, SEPARATOR);
    } else if (event.altKey && /^Numpad\d$/.test(event.code)) {
      event.preventDefault();
      digits += event.code.at(-1);
      if (digits.endsWith("029")) {
        put(field, SEPARATOR);
        digits = "";
      }
    } else if (!event.altKey) {
      digits = "";
    }
  });
}

// "/" goes to the scan field of the page from anywhere but another field; what a scanner types while no field has
// the focus goes there too, from its first character on, instead of being lost.  A ticked box takes no text.
const TYPED_INTO = "input:not([type=checkbox], [type=radio]), textarea, select, dialog";
addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof Element && event.target.closest(TYPED_INTO);
  const field = document.querySelector("[data-scan-first]") ?? document.querySelector("[data-scan-field]");
  const isText = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.altKey && !event.metaKey;
  if (isTyping || !isText || !field) {
    return;
  }
  if (event.key === "/") {
    event.preventDefault();
  }
  field.focus();
});
