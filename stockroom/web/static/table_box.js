// A table wider than its box scrolls sideways: then the box takes the focus, so that the arrow keys move it too.

function suit(box) {
  if (box.scrollWidth > box.clientWidth) {
    box.tabIndex = 0;
  } else {
    box.removeAttribute("tabindex");
  }
}

const sizes = new ResizeObserver((entries) => entries.forEach((entry) => suit(entry.target)));
for (const box of document.querySelectorAll(".table-box")) {
  suit(box);
  sizes.observe(box);
}
