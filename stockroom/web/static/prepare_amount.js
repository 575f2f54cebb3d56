// Another amount is meant for one scan: once the scan is on its way, the next one takes what is lacking again.
addEventListener("submit", (event) => {
  const amount = event.target.id === "bench-scan" && event.defaultPrevented ? event.target.elements.amount : null;
  if (amount) amount.value = "";
});
