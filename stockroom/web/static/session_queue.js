// Scans at scanner speed: each is sent with its own key, one after the other. A question or a refusal stops
// the line: scans behind it are kept, unbooked, until it is answered. What the connection lost is kept with
// its key, said to be NOT RECORDED, and sent again when told; the key lets it be done once.
// A command card in the line presses its button when its turn comes; at a question it is an answer.
// Kept in sessionStorage (this tab, until it is closed); passwords never are: such forms are sent plainly.
import { cardOf, press } from "./scan_cards.js";

const field = document.querySelector("[data-bench-scan] [data-scan-field]");
const scanForm = document.querySelector("[data-bench-scan]");
const visit = scanForm?.dataset.benchScan ?? "";
// Of this session and this person; at a tablet another one may take over, and finds a queue of her own.
let person = { uid: scanForm?.dataset.person ?? "", name: document.body.dataset.personName ?? "" };
const placeOf = (uid) => `bench-queue-${visit}-${uid}`;
let place = placeOf(person.uid);
const unsent = document.getElementById("bench-unsent");
const waiting = document.getElementById("bench-waiting");
let queue = JSON.parse(sessionStorage.getItem(place) ?? "[]");
let isSending = false;
let isLost = false;
let isHeld = false; // somebody is changing: what is scanned now is the next person's
const titleOf = document.title;

const stopHere = () => document.querySelector("#bench [data-stop]");
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const tokenOf = (form) => form?.elements.csrf_token?.value ?? "";

// Each carries the anti-forgery token of who scanned it: sent after another person signed on it is refused.
const entered = (item) => ({ ...item, id: newKey(), by: person.name, token: item.token ?? tokenOf(scanForm), isNext: isHeld });

function keep() {
  sessionStorage.setItem(place, JSON.stringify(queue));
  showOthers();
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
    queue.push(entered({ card, says: text.trim() }));
    keep();
    return work();
  }
  const fields = fieldsOf(scanForm).map(([name, value]) => [name, name === "key" ? newKey() : value]);
  field.value = "";
  scanForm.querySelector("[name=read_by]")?.remove();
  const forOne = scanForm.querySelector("[data-for-one-scan]");
  if (forOne) forOne.value = ""; // the next scan takes what is lacking again
  queue.push(entered({ action: scanForm.action, fields, says: text.replaceAll("\u001d", " ") }));
  keep();
  work();
}

// A number was scanned before the scan that waits behind it, and is the amount of that one.
function takeAmountAlong() {
  const amount = scanForm.querySelector("[data-for-one-scan]");
  const next = queue.find((each) => !each.card);
  const said = next?.fields.find(([name]) => name === amount?.name);
  if (!amount?.value || !said || said[1]) return;
  said[1] = amount.value;
  amount.value = "";
  keep();
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
  if (isSending || isHeld || (isLost && !isTold) || queue.length === 0) return;
  if (stopHere() && !queue[0].isAnswer) {
    const at = queue.findIndex(answers);
    if (at < 0) return keep();
    queue.unshift(...queue.splice(at, 1));
  }
  if (queue[0].card) {
    const { card } = queue.shift();
    keep();
    press(card);
    if (/^\d+$/.test(card)) takeAmountAlong();
    return work();
  }
  isSending = true;
  keep();
  const item = queue[0];
  const from = place;
  const page = await post(item);
  isSending = false;
  if (from !== place) return changedMeanwhile(from, item, page);
  if (page === null) return lose(item);
  if (page.isLoggedOut) return lose(item, { isLoggedOut: true });
  isLost = false;
  drop(item);
  keep();
  show(page, { isLoud: true });
  work();
}

function drop(item) {
  queue = queue.filter((each) => each.id !== item.id);
}

// It was under way when another person signed on: it was sent, and booked or not, as hers.
function changedMeanwhile(from, item, page) {
  if (page && !page.isLoggedOut) {
    const hers = JSON.parse(sessionStorage.getItem(from) ?? "[]").filter((each) => each.id !== item.id);
    sessionStorage.setItem(from, JSON.stringify(hers));
  }
  keep();
  work();
}

// Of an earlier person's page: sent as a form, so that the server asks whether it is meant, and nothing is booked.
function askPlainly(item) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = item.action;
  form.hidden = true;
  for (const [name, value] of [...item.fields, ["csrf_token", item.token]]) {
    const input = document.createElement("input");
    [input.type, input.name, input.value] = ["hidden", name, value];
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

async function post(item) {
  const body = new FormData();
  for (const [name, value] of item.fields) body.append(name, value);
  body.append("csrf_token", item.token);
  try {
    const answer = await fetch(item.action, { method: "POST", body: new URLSearchParams(body), credentials: "same-origin" });
    if (answer.status >= 500) return null;
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, "text/html");
    const bench = page.querySelector("[data-bench-scan]");
    if (bench && bench.dataset.benchScan !== visit) return goOver(item, bench, answer.url);
    if (page.getElementById("bench")) return { page, address: answer.url };
    if (page.querySelector("form[data-kept-form]") && document.body.dataset.tablet !== undefined) {
      drop(item);
      keep();
      askPlainly(item);
      return new Promise(() => {});
    }
    if (page.getElementById("sign-on")) dispatchEvent(new CustomEvent("tablet-ask"));
    // Logged out, or a page of its own: go and look; what was not booked stays kept.
    if (answer.status === 401 || answer.status === 403 || /\/(login|tablet)/.test(answer.url)) return { isLoggedOut: true };
    if (answer.ok && !page.getElementById("sign-on")) {
      drop(item);
      keep();
      location.assign(answer.url);
      return new Promise(() => {});
    }
    return null;
  } catch {
    return null;
  }
}

// A scan that leads to another bench (an ingredient, to the cocktail that is begun with it) and the scans behind it
// go along.  What its page holds in its scan field is not taken yet, and is sent from there.
function goOver(item, bench, address) {
  const behind = queue.filter((each) => each.id !== item.id);
  const scans = bench.querySelector("[data-scan-field]").getAttribute("value") ? [item, ...behind] : behind;
  const carried = scans.map((each) => {
    if (each.card) return { ...each, isCarried: true };
    const fields = each.fields.filter(([name]) => ["scan", "read_by"].includes(name));
    return { ...each, action: bench.action, fields: [["key", newKey()], ...fields], isCarried: true };
  });
  const there = `bench-queue-${bench.dataset.benchScan}-${person.uid}`;
  sessionStorage.setItem(there, JSON.stringify([...JSON.parse(sessionStorage.getItem(there) ?? "[]"), ...carried]));
  queue = [];
  keep();
  const to = new URL(address);
  to.searchParams.delete("scan");
  location.assign(to);
  return new Promise(() => {});
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
    const fields = withGiven(form, fieldsOf(form, event.submitter));
    queue.unshift(entered({ action: form.action, fields, says, isAnswer: true, token: tokenOf(form) }));
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

// What others scanned in this session at this tablet and is in no book stays theirs.
function showOthers() {
  const box = document.getElementById("bench-others");
  if (!box) return;
  const theirs = Object.keys(sessionStorage)
    .filter((key) => key.startsWith(placeOf("")) && key !== place)
    .flatMap((key) => JSON.parse(sessionStorage.getItem(key)).filter((item) => !item.card));
  box.hidden = theirs.length === 0;
  const names = [...new Set(theirs.map((item) => item.by))].join(", ");
  box.textContent = box.dataset.words.replace("{n}", String(theirs.length)).replaceAll("{name}", names);
}

addEventListener("tablet-changing", () => {
  isHeld = true;
});
addEventListener("tablet-person", ({ detail }) => {
  const next = queue.filter((item) => item.isNext).map((item) => ({ ...item, by: detail.name, token: detail.token, isNext: false }));
  queue = queue.filter((item) => !item.isNext);
  isHeld = false;
  if (detail.uid === person.uid) {
    queue = [...queue.map((item) => ({ ...item, token: detail.token })), ...next];
    if (!isSending) keep();
    return work(isLost);
  }
  sessionStorage.setItem(place, JSON.stringify(queue));
  person = { uid: detail.uid, name: detail.name };
  place = placeOf(person.uid);
  queue = [...JSON.parse(sessionStorage.getItem(place) ?? "[]").map((item) => ({ ...item, token: detail.token })), ...next];
  isLost = false;
  if (unsent) unsent.hidden = true;
  document.getElementById("bench")?.classList.remove("bench-lost");
  keep();
});
addEventListener("tablet-stays", () => {
  queue = queue.map((item) => ({ ...item, isNext: false }));
  isHeld = false;
  keep();
  work();
});

for (const button of document.querySelectorAll("[data-keyboard]")) button.hidden = false;
queue = queue.map((item) => ({ ...item, id: item.id ?? newKey(), token: tokenOf(scanForm), isNext: false }));
if (queue.length && queue.every((item) => item.isCarried)) {
  queue = queue.map((item) => ({ ...item, isCarried: false }));
  keep();
  work();
} else if (queue.length) {
  // Something was under way when the page went (the log-in had ended, the tablet slept): a person says so again.
  lose(queue[0]);
} else {
  keep();
}
