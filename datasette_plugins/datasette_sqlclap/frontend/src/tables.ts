/** Play buttons in Datasette's own tables. */

const audio = new Audio();
let playing: HTMLElement | null = null;
let triedWav = false;

function stop(): void {
  audio.pause();
  if (playing) playing.textContent = "▶";
  playing = null;
}

/** What this browser can't decode is asked for as WAV, once; then the button says that it failed. */
function failed(): void {
  if (!playing) return;
  const button = playing;
  const address = `${button.dataset["src"] ?? ""}?format=wav`;
  if (triedWav) {
    playing = null;
    button.textContent = "✕";
    void tell(button, address);
    return;
  }
  triedWav = true;
  start(address);
}

/** Says on its button why a sound can't be played. */
async function tell(button: HTMLElement, address: string): Promise<void> {
  let why = "This sound can't be played";
  try {
    const answer = await fetch(address);
    if (!answer.ok) why = `${why}: ${((await answer.json()) as { error: string }).error}`;
    else void answer.body?.cancel();
  } catch {
    why = "The server is away";
  }
  button.title = why;
  button.setAttribute("aria-label", why);
}

function start(address: string): void {
  audio.src = address;
  // What can't be played is told by the error event; what was stopped meanwhile is no failure.
  audio.play().catch(() => undefined);
}

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("button.sqlclap-play");
  if (!button) return;
  const again = button === playing;
  stop();
  if (again) return;
  playing = button;
  triedWav = false;
  button.textContent = "■";
  start(button.dataset["src"] ?? "");
});
audio.addEventListener("error", failed);
audio.addEventListener("ended", stop);
