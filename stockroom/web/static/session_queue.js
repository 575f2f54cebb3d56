// Scans at scanner speed: each is sent with its own key, one after the other. A question or a refusal stops
// the line: scans behind it are kept, unbooked, until it is answered. What the connection lost is kept with
// its key, said to be NOT RECORDED, and sent again when told; the key lets it be done once.
// A command card in the line presses its button when its turn comes; at a question it is an answer.
// Kept in sessionStorage (this tab, until it is closed); passwords never are: such forms are sent plainly.
import { cardOf, press } from "./scan_cards.js";

const field = document.querySelector("[data-bench-scan] [data-scan-field]");
const scanForm = document.querySelector("[data-bench-scan]");
const place = `bench-queue-${scanForm?.dataset.benchScan ?? ""}`; // of this session and this person
const unsent = document.getElementById("bench-unsent");
const waiting = document.getElementById("bench-waiting");
let queue = JSON.parse(sessionStorage.getItem(place) ?? "[]");
let isSending = false;
let isLost = false;
const titleOf = document.title;

const stopHere = () => document.querySelector("#bench [data-stop]");
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function keep() {
  sessionStorage.setItem(place, JSON.stringify(queue));
  const behind = queue.length - (isSending || isLost ? 1 : 0);
  if (!waiting) return;
  waiting.hidden = behind < 1;
  waiting.textContent = behind === 1 ? waiting.dataset.one : waiting.dataset.many.replace("{n}", String(behind));
}

function fieldsOf(form, submitter) {
  const data = new FormData(form);
  if (submitter?.name) data.append(submitter.name, submitter.value);
  return [...data].filter(([name]) => name !== "csrf_token");
}

// Where and how a thing is given is chosen above the scan field, and holds for an answer about a scan as well.
function withGiven(form, fields) {
  if (form.action !== scanForm?.action) return fields;
  const chosen = [...scanForm.querySelectorAll("select")].map((select) => [select.name, select.value]);
  const names = new Set(chosen.map(([name]) => name));
  return [...fields.filter(([name]) => !names.has(name)), ...chosen];
}

function enqueueScan() {
  const text = field.value;
  if (!text.trim()) return;
  const card = cardOf(text);
  if (card) {
    field.value = "";
    if (isLost && card === "YES") return unsent.querySelector("[data-send-again]").click();
    queue.push({ card, says: text.trim() });
    keep();
    return work();
  }
  const fields = fieldsOf(scanForm).map(([name, value]) => [name, name === "key" ? newKey() : value]);
  field.value = "";
  scanForm.querySelector("[name=read_by]")?.remove();
  queue.push({ action: scanForm.action, fields, says: text.replaceAll("\u001d", " ") });
  keep();
  work();
}

// A scan of our label, or its typed code, answers a question about vials; any other scan waits behind it.
function answers(item) {
  const stop = stopHere();
  if (item.card) return true;
  if (stop?.dataset.stop !== "which") return false;
  const code = item.says.trim().toUpperCase().replace(/^SRC:/, "");
  return [...stop.querySelectorAll("form[data-code]")].some((form) => form.dataset.code === code);
}

async function work(isTold = false) {
  if (isSending || (isLost && !isTold) || queue.length === 0) return;
  if (stopHere() && !queue[0].isAnswer) {
    const at = queue.findIndex(answers);
    if (at < 0) return keep();
    queue.unshift(...queue.splice(at, 1));
  }
  if (queue[0].card) {
    const { card } = queue.shift();
    keep();
    press(card);
    return work();
  }
  isSending = true;
  keep();
  const item = queue[0];
  const page = await post(item);
  isSending = false;
  if (page === null) return lose(item);
  if (page.isLoggedOut) return lose(item, { isLoggedOut: true });
  isLost = false;
  queue.shift();
  keep();
  show(page, { isLoud: true });
  work();
}

async function post(item) {
  const body = new FormData();
  for (const [name, value] of item.fields) body.append(name, value);
  body.append("csrf_token", document.querySelector('input[name="csrf_token"]').value);
  try {
    const answer = await fetch(item.action, { method: "POST", body: new URLSearchParams(body), credentials: "same-origin" });
    if (answer.status >= 500) return null;
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    if (page.getElementById("bench")) return { page, address: answer.url };
    // Logged out, or a page of its own: go and look; what was not booked stays kept.
    if (answer.status === 401 || answer.status === 403 || answer.url.includes("/login")) return { isLoggedOut: true };
    if (answer.ok) {
      queue.shift();
      keep();
      location.assign(answer.url);
      return new Promise(() => {});
    }
    return null;
  } catch {
    return null;
  }
}

function lose(item, { isLoggedOut = false } = {}) {
  isLost = true;
  keep();
  unsent.hidden = false;
  unsent.querySelector("[data-unsent-what]").textContent = item.says;
  unsent.querySelector("[data-log-in]").hidden = !isLoggedOut;
  document.getElementById("bench").classList.add("bench-lost");
  document.title = `${unsent.dataset.word} · ${titleOf}`;
  dispatchEvent(new CustomEvent("bench-outcome", { detail: "unsent" }));
}

function show({ page, address }, { isLoud = false } = {}) {
  unsent.hidden = true;
  for (const id of ["bench-head", "bench"]) {
    const old = document.getElementById(id);
    const fresh = page.getElementById(id);
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
  }
  for (const said of document.querySelectorAll("main > .said")) said.remove();
  for (const said of page.querySelectorAll("main > .said")) document.getElementById("content").prepend(document.adoptNode(said));
  if (scanForm && !page.getElementById("bench-scan")) scanForm.hidden = true;
  document.title = page.title;
  if (address && new URL(address).pathname.match(/\/sessions\/[^/]+$/)) history.replaceState(null, "", address);
  const bench = document.getElementById("bench");
  if (isLoud) dispatchEvent(new CustomEvent("bench-outcome", { detail: bench.dataset.outcome }));
  dispatchEvent(new CustomEvent("bench-shown"));
  field?.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

// Before window, where send_once.js listens.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form === scanForm) {
    event.preventDefault();
    enqueueScan();
  } else if (form.matches("form[data-bench]")) {
    event.preventDefault();
    if (isSending || isLost) return;
    const says = (event.submitter ?? form).textContent.trim().replace(/\s+/g, " ");
    queue.unshift({ action: form.action, fields: withGiven(form, fieldsOf(form, event.submitter)), says, isAnswer: true });
    keep();
    work();
  }
});

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-bench-link]");
  if (link && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!page.getElementById("bench")) return location.assign(link.href);
      show({ page, address: answer.url });
      work();
    } catch {
      location.assign(link.href);
    }
  } else if (event.target.closest("[data-send-again]")) {
    isLost = true;
    work(true);
  } else if (event.target.closest("[data-forget]")) {
    queue.shift();
    isLost = false;
    unsent.hidden = true;
    document.getElementById("bench").classList.remove("bench-lost");
    document.title = titleOf;
    keep();
    field?.focus();
    work();
  } else if (event.target.closest("[data-keyboard]")) {
    field.inputMode = field.inputMode === "none" ? "text" : "none";
    field.blur();
    field.focus();
  }
});

// The scanner types wherever one is, unless a person types into another field.  Space presses buttons.
document.addEventListener("keydown", (event) => {
  if (!field || field.closest("[hidden]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.length !== 1 || event.key === " ") return;
  const target = event.target instanceof Element ? event.target : null;
  if (!target?.closest("input, textarea, select")) field.focus({ preventScroll: true });
});

// A scan that fell into the amount is too long for one: it goes on where it belongs.
addEventListener("input", (event) => {
  const amount = event.target.closest?.("[data-amount] [name=to]");
  if (!amount || !field || amount.value.length <= 9) return;
  field.value = amount.value;
  amount.value = amount.dataset.was;
  field.focus({ preventScroll: true });
});

for (const button of document.querySelectorAll("[data-keyboard]")) button.hidden = false;
if (queue.length) {
  // Something was under way when the page went (the log-in had ended, the tablet slept): a person says so again.
  lose(queue[0]);
} else {
  keep();
}
