// Where the page asks a second person for a signature, a badge that is scanned gives it: it goes into the badge field
// of the form that is named, and that form is sent plainly, as if it were scanned there.
document.addEventListener(
  "submit",
  (event) => {
    const asks = document.querySelector("[data-badge-signs]");
    const field = asks && event.target.querySelector("[data-scan-field]");
    if (!field || !isBadge(field.value, asks.dataset)) return;
    const form = document.getElementById(asks.dataset.badgeSigns);
    if (!form?.elements.second_badge) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.elements.second_badge.value = field.value;
    field.value = "";
    form.requestSubmit();
  },
  true,
);

// With what a badge begins, also where the scanner types for another keyboard: then it is one only in its length.
function isBadge(text, { badgeHeads, badgeLength }) {
  const plain = text.trim().replace(/^\][A-Za-z]\d/, "").toUpperCase();
  return badgeHeads.split(" ").some((head, n) => plain.startsWith(head) && (n === 0 || plain.length === Number(badgeLength)));
}
