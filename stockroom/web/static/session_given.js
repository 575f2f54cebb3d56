// What is chosen above the scan field (area, technique …) holds for the scans that follow: it is said in a few
// words, goes along to the page for codes that cannot be read, and the scanner types into the scan field again.
const form = document.getElementById("bench-scan");
const given = form?.querySelector("[data-given]");

function say() {
  const words = given.querySelector("[data-given-words]");
  const said = [...given.querySelectorAll("select")].map((select) =>
    select.value ? select.selectedOptions[0].textContent : select.dataset.open);
  words.textContent = said.filter(Boolean).join(" · ") || words.dataset.none;
}

form?.addEventListener("change", (event) => {
  if (!event.target.matches("select")) return;
  if (given) say();
  form.querySelector("[data-scan-field]").focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-with-given]");
  if (!link) return;
  const address = new URL(link.href);
  for (const select of form.querySelectorAll("select")) {
    address.searchParams.set(select.name === "prescriber_uid" ? "prescriber" : select.name, select.value);
  }
  link.href = address;
});
