/** Play buttons in Datasette's own tables. */

const audio = new Audio();
let playing: HTMLElement | null = null;

function stop(): void {
  audio.pause();
  if (playing) playing.textContent = "▶";
  playing = null;
}

document.addEventListener("click", (event) => {
  const button = (event.target as Element).closest<HTMLElement>("button.sqlclap-play");
  if (!button) return;
  const again = button === playing;
  stop();
  if (again) return;
  playing = button;
  button.textContent = "■";
  audio.src = button.dataset["src"] ?? "";
  audio.play().catch(() => {
    button.textContent = "✕";
    button.title = "This sound can't be played";
  });
});
audio.addEventListener("ended", stop);
