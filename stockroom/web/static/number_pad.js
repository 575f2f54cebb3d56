// A pad of large keys for gloves: it types into the field that had the focus last, or the only one there is.

// What a field holds after a key; `fresh`: the first key replaces what stood in it.
export function pressed(value, key, { fresh = false, whole = false } = {}) {
  const stands = fresh ? "" : value;
  if (key === "back") return value.slice(0, -1);
  if (key === "sign") return value.startsWith("-") ? value.slice(1) : "-" + value;
  if (key === "." && (whole || stands.includes("."))) return stands;
  return stands + key;
}

function equip(form) {
  const pad = form.querySelector("[data-pad]");
  const fields = [...form.querySelectorAll("[data-pad-field]")];
  const opener = form.querySelector("[data-open-pad]");
  if (!pad || !fields.length) return;
  let field = fields[0];
  let fresh = true;
  const aim = (at) => {
    field.classList.remove("pad-aimed");
    field = at;
    fresh = true;
    if (!pad.hidden) {
      field.classList.add("pad-aimed");
      field.closest("[data-pad-place]")?.append(pad);
    }
  };
  for (const each of fields) each.addEventListener("focus", () => each !== field && aim(each));
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("button")?.dataset.digit;
    if (!key) return;
    if (key === "next") {
      const next = fields[fields.indexOf(field) + 1];
      aim(next ?? fields[0]);
      field.scrollIntoView({ block: "nearest" });
      return;
    }
    field.value = pressed(field.value, key, { fresh: fresh && key !== "back" && key !== "sign" });
    fresh = false;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  opener.hidden = false;
  opener.addEventListener("click", () => {
    pad.hidden = !pad.hidden;
    opener.setAttribute("aria-expanded", String(!pad.hidden));
    // With the pad open the tablet's own keyboard stays down.
    for (const each of fields) each.inputMode = pad.hidden ? "decimal" : "none";
    if (pad.hidden) field.classList.remove("pad-aimed");
    else aim(field);
  });
}

for (const form of document.querySelectorAll("form[data-pad-form]")) equip(form);
