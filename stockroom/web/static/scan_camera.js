// Reads a code with the camera: live frames where the browser allows it (a secure page), else a photo.
// What was read is put into the scan field and sent as if a scanner had typed it.
const PAUSE_MS = 250;

function words() {
  return document.querySelector("[data-camera-words]")?.dataset ?? null;
}

async function read(blob, field) {
  const body = new FormData();
  body.append("picture", blob, "picture.jpg");
  body.append("csrf_token", field.form.querySelector("[name=csrf_token]").value);
  const answer = await fetch(words().cameraWords, {
    method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin",
  });
  if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error(words().failed);
  return answer.json();
}

function take(text, field) {
  field.value = text;
  const mark = document.createElement("input");
  mark.type = "hidden";
  mark.name = "read_by";
  mark.value = "camera";
  field.form.querySelector("[name=read_by]")?.remove();
  field.form.append(mark);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.form.requestSubmit();
}

function dialogFor(field) {
  const dialog = document.createElement("dialog");
  dialog.className = "camera";
  dialog.setAttribute("aria-label", words().title);
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  const choices = document.createElement("div");
  choices.className = "choices-large";
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-quiet";
  close.textContent = words().close;
  close.addEventListener("click", () => dialog.close());
  dialog.append(said, choices, close);
  document.body.append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); field.focus(); });
  dialog.showModal();
  return { dialog, said, choices };
}

function show(told, parts, field) {
  if (told.text) {
    parts.dialog.close();
    take(told.text, field);
  } else if (told.choices) {
    parts.said.textContent = words().which;
    parts.choices.replaceChildren(...told.choices.map((choice) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "choice";
      button.textContent = choice.printed;
      button.addEventListener("click", () => { parts.dialog.close(); take(choice.text, field); });
      return button;
    }));
  } else {
    parts.said.textContent = told.problem;
  }
}

async function live(field) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  const parts = dialogFor(field);
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  parts.dialog.prepend(video);
  parts.said.textContent = words().aim;
  parts.dialog.addEventListener("close", () => { for (const track of stream.getTracks()) track.stop(); });
  await video.play();
  const canvas = document.createElement("canvas");
  while (parts.dialog.open) {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
    const told = blob ? await read(blob, field) : {};
    if (!parts.dialog.open) return;
    if (told.text || told.choices) {
      show(told, parts, field);
      return;
    }
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
}

function photo(field) {
  const file = document.createElement("input");
  file.type = "file";
  file.accept = "image/*";
  file.setAttribute("capture", "environment");
  file.addEventListener("change", async () => {
    const parts = dialogFor(field);
    parts.said.textContent = words().reading;
    try {
      show(await read(file.files[0], field), parts, field);
    } catch (error) {
      parts.said.textContent = error.message || words().failed;
    }
  });
  file.click();
}

async function look(field) {
  if (!(window.isSecureContext && navigator.mediaDevices?.getUserMedia)) return photo(field);
  try {
    await live(field);
  } catch {
    photo(field);
  }
}

if (words()) {
  for (const field of document.querySelectorAll("[data-scan-field]")) {
    if (!field.form?.querySelector("[name=csrf_token]") || "noCamera" in field.dataset) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "camera-button";
    button.setAttribute("aria-label", words().title);
    button.append(document.querySelector("[data-camera-icon]").content.cloneNode(true));
    button.addEventListener("click", () => look(field));
    field.after(button);
  }
}
