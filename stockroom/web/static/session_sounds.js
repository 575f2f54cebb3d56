// One short sound for each outcome of a scan, so that nobody has to look up. A refusal is low and long.
const NOTES = {
  used: [[880, 0, 0.09]],
  extra: [[880, 0, 0.09], [587, 0.11, 0.2]],
  opened: [[660, 0, 0.09], [990, 0.11, 0.12]],
  ask: [[520, 0, 0.12], [520, 0.18, 0.12]],
  refused: [[140, 0, 0.55], [110, 0.1, 0.55]],
  noted: [[300, 0, 0.12], [300, 0.16, 0.12]],
  unsent: [[110, 0, 0.3], [110, 0.4, 0.3]],
};
let context = null;

function sound(outcome) {
  const notes = NOTES[outcome];
  // A browser plays nothing before the page was touched or typed into.
  if (!notes || !("AudioContext" in window) || navigator.userActivation?.hasBeenActive === false) return;
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
  for (const [pitch, begins, lasts] of notes) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = pitch < 200 ? "square" : "sine";
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.18, context.currentTime + begins);
    volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + begins + lasts);
    tone.connect(volume).connect(context.destination);
    tone.start(context.currentTime + begins);
    tone.stop(context.currentTime + begins + lasts);
  }
}

addEventListener("bench-outcome", (event) => {
  const outcome = event.detail;
  if (outcome === "stop-refused" || outcome === "stop-not_in_books") sound("refused");
  else if (outcome.startsWith("stop-")) sound("ask");
  else sound(outcome);
});
