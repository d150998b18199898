// The bar of moves: the slider, going on by itself, and the link to a step.

const SECONDS = 2.5;
const SPEEDS = [0.25, 0.5, 1, 2, 4];

let playing = 0;

function speedChoices() {
  for (const speed of SPEEDS) {
    const choice = made("option", "", `${speed}×`);
    choice.value = speed;
    choice.selected = speed === 1;
    element("speed").append(choice);
  }
}

function turnSpeed(direction) {
  const at = SPEEDS.indexOf(Number(element("speed").value)) + direction;
  element("speed").value = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at))];
  tell(`Speed: ${element("speed").value}×`);
  if (playing) play();
}

function togglePlay() {
  if (playing) return pause();
  if (nextStop(1) === NONE) go(firstStop());
  return play();
}

/** Go on by one step after the other, until the last one or until it is stopped. */
function play() {
  clearTimeout(playing);
  playing = setTimeout(() => {
    const next = nextStop(1);
    if (next === NONE) return pause();
    go(next);
    return play();
  }, (SECONDS * 1000) / Number(element("speed").value));
  showPlaying();
}

function pause() {
  clearTimeout(playing);
  playing = 0;
  showPlaying();
}

function showPlaying() {
  element("play").textContent = playing ? "Pause" : "Play";
  element("play").title = playing ? "Pause (r)" : "Play (r)";
}

/** Which moves are possible from here, and where the slider stands. */
function showMoves() {
  element("next").disabled = nextStop(1) === NONE;
  element("previous").disabled = nextStop(-1) === NONE;
  const parent = level().parents[here.row];
  element("out").disabled = parent === NONE || !stops(parent);
  const slider = element("slider");
  slider.max = Math.max(0, level().stops.length - 1);
  slider.value = stopBefore(here.row);
  slider.setAttribute("aria-valuetext", element("detail-title").textContent);
  slider.style.setProperty("--done", level().stops.length > 1 ? slider.value / slider.max : 1);
}

/** The index of the stop of a row, or of the last one before it. */
function stopBefore(row) {
  const { stops: all } = level();
  let [low, high] = [0, all.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (all[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

function slide() { go(level().stops[Number(element("slider").value)]); }

function copyLink() {
  const number = here.step === NONE ? 1 : here.step + 1;
  copyAddress(`#${number}`, `step ${number}`);
}
