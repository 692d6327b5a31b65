"""Speech clips spoken by espeak-ng, through its library and no audio device."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.corpus.clip import Clip, ClipInfo, make_clip

_RETRIEVAL = 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_UTF8 = 1
_SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "Welcome to the machine.",
    "One, two, three, four.",
    "Yes.",
    "No, not today.",
    "Please leave a message after the tone.",
    "Ladies and gentlemen, the next stop is the central station.",
    "Come on, let's go!",
    "Warning. Engine failure.",
    "Hello, how are you?",
    "I can hear the rain on the roof of the house.",
    "System ready.",
    "Nobody knows what happened that night.",
    "Ten, nine, eight, seven.",
    "Good evening and good night.",
    "All the king's horses and all the king's men.",
)
_VOICES = ("en", "en-us", "de", "fr-fr", "es", "it", "sv", "en-gb-scotland")
_VARIANTS = ("", "+m1", "+m3", "+m7", "+f1", "+f2", "+f4", "+whisper", "+croak")
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Speaker:
    """The espeak-ng library with a buffer that its callback fills."""

    def __init__(self, folder: Path) -> None:
        self._library = ctypes.CDLL(str(folder / "libespeak-ng.so"))
        data = str(folder / "espeak-ng-data").encode()
        self.rate = int(self._library.espeak_Initialize(_RETRIEVAL, 0, data, 0))
        self._blocks: list[np.ndarray] = []
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: object, count: int, _events: object) -> int:
        if samples and count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, text: str, voice: str, pitch: int, words_a_minute: int) -> np.ndarray:
        """Speak a text; return float32 samples at `rate`."""
        self._blocks = []
        self._library.espeak_SetVoiceByName(voice.encode())
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._library.espeak_SetParameter(_RATE, words_a_minute, 0)
        self._library.espeak_SetParameter(_RANGE, 50, 0)
        raw = text.encode()
        self._library.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        joined = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.int16)
        return joined.astype(np.float32) / 32768


def speech_clips(folder: Path, count: int, seed: int) -> Iterator[Clip]:
    """Yield spoken sentences in random voices; whispers and croaks say so in their name."""
    speaker, rng = Speaker(folder), random.Random(seed)
    for index in range(count):
        variant = rng.choice(_VARIANTS)
        voice = rng.choice(_VOICES) + variant
        audio = speaker.say(
            rng.choice(_SENTENCES), voice, rng.randint(15, 90), rng.randint(110, 240)
        )
        name = "whisper" if "whisper" in variant else "speech"
        clip = make_clip(
            audio, ClipInfo("espeak", name, f"{voice}-{index}", "speech"), speaker.rate
        )
        if clip is not None:
            yield clip
