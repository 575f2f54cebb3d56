// A tablet of a room: people change at it by badge or PIN, and the page stays with its work. What somebody typed
// stays hers: its forms keep her anti-forgery token, so that sent by the next person they are asked about first.
const SIGN_ON = "/tablet";
const page = document.body.dataset;
export const isTablet = page.tablet !== undefined;
const owner = { uid: page.person ?? "", name: page.personName ?? "" }; // who opened this page
// With what a badge begins, also where the scanner types for another keyboard: then it is one only in its whole length.
const badgeHeads = (page.badgeHeads ?? "").split(" ");
const badgeLength = Number(page.badgeLength);
const isBadge = (text) => {
  const plain = text.trim().replace(/^\][A-Za-z]\d/, "").toUpperCase();
  return badgeHeads.some((head, n) => plain.startsWith(head) && (n === 0 || plain.length === badgeLength));
};
let token = document.querySelector('input[name="csrf_token"]')?.value ?? "";
let sheet = null;
const others = "BroadcastChannel" in window ? new BroadcastChannel("stockroom-tablet") : null;

const parsed = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");
const isJson = (answer) => (answer.headers.get("content-type") ?? "").startsWith("application/json");

// --- the sheet: names, badge field, keys for gloves

export async function openSheet({ covers = false } = {}) {
  sheet ??= newSheet();
  sheet.classList.toggle("is-cover", covers);
  document.documentElement.classList.toggle("covered", covers);
  if (!sheet.open) sheet.showModal();
  await fillSheet();
}

export const isCovered = () => document.documentElement.classList.contains("covered");

function newSheet() {
  const made = document.createElement("dialog");
  made.className = "sign-on-sheet";
  made.id = "sign-on-sheet";
  made.setAttribute("aria-labelledby", "sign-on-head");
  made.addEventListener("cancel", (event) => isCovered() && event.preventDefault());
  made.addEventListener("close", () => isCovered() && made.showModal()); // a browser lets a second Escape through
  made.addEventListener("click", (event) => event.target === made && !isCovered() && made.close());
  document.body.append(made);
  return made;
}

async function fillSheet() {
  try {
    const fresh = await parsed(await fetch(SIGN_ON, { credentials: "same-origin" }));
    const part = fresh.getElementById("sign-on");
    if (!part) return location.reload(); // no tablet any more
    token = part.querySelector('input[name="csrf_token"]').value;
    sheet.replaceChildren(document.adoptNode(part));
    sheet.querySelector("h1").id = "sign-on-head";
    enliven(sheet);
  } catch {
    const again = document.createElement("button");
    again.className = "btn btn-primary btn-lg";
    again.textContent = document.querySelector("[data-tablet-words]")?.dataset.offline ?? "…";
    again.addEventListener("click", fillSheet);
    sheet.replaceChildren(again);
    again.focus();
  }
}

// The form itself, in the sheet as on a page of its own.
function enliven(root) {
  const form = root.querySelector("[data-sign-on]");
  if (!form) return;
  const pin = form.elements.pin;
  const badge = form.elements.badge;
  form.querySelector("[data-pin-keys]").hidden = false;
  form.querySelector("[data-plain-go]").hidden = true;
  form.addEventListener("click", (event) => {
    const key = event.target.closest("[data-pin-digit]");
    if (!key) return;
    pin.value = key.dataset.pinDigit ? (pin.value + key.dataset.pinDigit).slice(0, pin.maxLength) : pin.value.slice(0, -1);
  });
  form.addEventListener("change", (event) => event.target.name === "person_uid" && pin.focus({ preventScroll: true }));
  // A scanner types wherever one is; a badge begins with a letter and a PIN has none.
  root.addEventListener("keydown", (event) => {
    if (event.target === badge || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    if (/[a-z]/i.test(event.key)) badge.focus();
    else if (/[0-9]/.test(event.key) && event.target !== pin) pin.focus();
  });
  badge.focus();
  if (sheet && root === sheet) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      const fields = Object.fromEntries([...new FormData(form)].filter(([name]) => ["badge", "person_uid", "pin"].includes(name)));
      pin.value = badge.value = "";
      takeOver(fields);
    });
  }
}

function showFault(words) {
  const fault = sheet.querySelector("[data-fault]");
  if (!fault) return;
  fault.hidden = false;
  fault.querySelector("[data-fault-words]").textContent = words;
}

// --- signing on

export async function takeOver(fields, { isSecond = false } = {}) {
  const began = performance.now();
  dispatchEvent(new CustomEvent("tablet-changing"));
  let answer;
  try {
    answer = await fetch(SIGN_ON, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ ...fields, csrf_token: token }),
    });
  } catch {
    dispatchEvent(new CustomEvent("tablet-stays"));
    await openSheet({ covers: isCovered() });
    return showFault(document.querySelector("[data-tablet-words]").dataset.offline);
  }
  if (!isJson(answer)) {
    // The token was of an earlier sign-on: the answer is the page with a fresh one.
    const fresh = (await parsed(answer)).querySelector('[data-sign-on] input[name="csrf_token"]');
    if (isSecond || !fresh) return location.reload();
    token = fresh.value;
    return takeOver(fields, { isSecond: true });
  }
  const said = await answer.json();
  if (!answer.ok) {
    dispatchEvent(new CustomEvent("tablet-stays"));
    if (!sheet?.open) await openSheet({ covers: isCovered() });
    return showFault(said.fault);
  }
  others?.postMessage(said);
  await became(said);
  page.changedIn = String(Math.round(performance.now() - began));
}

// Somebody is signed on: the same person goes on where she was; another one gets the page anew, unless work of
// the first stands on it.
async function became({ person, name, csrf_token: fresh }) {
  token = fresh;
  const isSame = person === owner.uid;
  dispatchEvent(new CustomEvent("tablet-person", { detail: { uid: person, name, token: fresh } }));
  if (isSame) {
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = fresh;
    document.getElementById("opened-by-another")?.remove();
  } else if (!hasWork()) {
    return location.replace(location.href);
  } else if (!(await mayStay())) {
    return location.replace("/");
  } else {
    handOver(name, fresh);
  }
  showName(name);
  uncover();
}

function hasWork() {
  if (page.kept !== undefined || document.querySelector("#bench [data-stop]")) return true;
  const typed = "main input:not([type=hidden]):not([data-scan-field]), main textarea, main select";
  return [...document.querySelectorAll(typed)].some((field) => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") {
      const first = Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
      return field.multiple ? [...field.options].some((option) => option.selected !== option.defaultSelected) : field.selectedIndex !== first;
    }
    return field.type === "file" ? field.files.length > 0 : field.value !== field.defaultValue;
  });
}

// Read as the new person: who may not see this page does not, and it is written down who saw whom.
async function mayStay() {
  if (page.kept !== undefined) return true;
  try {
    return (await fetch(location.href, { credentials: "same-origin" })).ok;
  } catch {
    return false;
  }
}

function handOver(name, fresh) {
  for (const form of document.querySelectorAll("form")) {
    const hasTicks = [...form.elements].some((each) => each.type === "checkbox");
    const isOnlyScan = form.querySelector("[data-scan-field]") && form.elements.csrf_token && !hasTicks;
    if (isOnlyScan) form.elements.csrf_token.value = fresh;
  }
  document.getElementById("opened-by-another")?.remove();
  const words = document.querySelector("[data-tablet-words]").dataset.opened;
  const note = document.createElement("div");
  note.id = "opened-by-another";
  note.className = "said said-warning";
  note.setAttribute("role", "status");
  note.textContent = words.replace("{opened}", owner.name).replace("{now}", name);
  document.getElementById("content").prepend(note);
}

function showName(name) {
  for (const shown of document.querySelectorAll("[data-person-shown]")) shown.textContent = name;
}

function uncover() {
  document.documentElement.classList.remove("covered");
  sheet?.close();
  sheet?.replaceChildren();
  (document.querySelector("[data-scan-first]") ?? document.querySelector("[data-scan-field]"))?.focus({ preventScroll: true });
}

// --- what people do

export async function leave() {
  others?.postMessage({ isCovered: true });
  try {
    await fetch(`${SIGN_ON}/cover`, {
      method: "POST",
      keepalive: true,
      credentials: "same-origin",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ csrf_token: token }),
    });
  } catch {
    // Not reached: the server asks again by itself when nobody was here for a while.
  }
}

export async function stillHere() {
  const answer = await fetch(`${SIGN_ON}/here`, {
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "application/json" },
    body: new URLSearchParams({ csrf_token: token }),
  });
  return answer.ok && !answer.redirected;
}

if (isTablet) {
  // A badge is read wherever things are scanned, before anything else takes it.
  document.addEventListener(
    "submit",
    (event) => {
      const field = [...event.target.querySelectorAll("[data-scan-field]")].find((each) => isBadge(each.value));
      if (!field || document.querySelector("[data-badge-signs]")) return; // there it signs: badge_signs.js
      event.preventDefault();
      event.stopImmediatePropagation();
      const badge = field.value;
      field.value = "";
      takeOver({ badge });
    },
    true,
  );
  addEventListener("tablet-ask", () => openSheet({ covers: true }));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-change-person]")) return;
    event.preventDefault();
    openSheet();
  });
  others?.addEventListener("message", (event) => (event.data.isCovered ? openSheet({ covers: true }) : became(event.data)));
}
enliven(document.getElementById("sign-on")?.parentElement ?? document);
