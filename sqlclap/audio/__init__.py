"""Sound: decoding, resampling, windows, loudness, features and measured descriptors.

Importing this package loads no decoder and no resampler; opening a sound does.
"""

from __future__ import annotations

from sqlclap.audio.budget import DecodingBudget
from sqlclap.audio.decode import AudioStream, open_audio
from sqlclap.audio.descriptors import DescriptorMeter, Descriptors
from sqlclap.audio.encoded import AudioSource
from sqlclap.audio.front_end import (
    BlockMeter,
    FrontEnd,
    SoundReport,
    SoundWindows,
    WindowFeatures,
    read_features,
    sound_windows,
)
from sqlclap.audio.loudness import SILENCE_PEAK_DB
from sqlclap.audio.mel import MelFrontEnd
from sqlclap.audio.mel_filters import mel_filters
from sqlclap.audio.readings import READING_REVISION, PastReading, may_sound_otherwise
from sqlclap.audio.resample import StreamResampler
from sqlclap.audio.spec import FrontEndSpec, MelSpec
from sqlclap.audio.suffixes import AUDIO_SUFFIXES, AV_SUFFIXES
from sqlclap.audio.windows import Window, cut_windows
from sqlclap.native_words import NativeWords, catch_native_words

__all__ = [
    "AUDIO_SUFFIXES",
    "AV_SUFFIXES",
    "READING_REVISION",
    "SILENCE_PEAK_DB",
    "AudioSource",
    "AudioStream",
    "BlockMeter",
    "DecodingBudget",
    "DescriptorMeter",
    "Descriptors",
    "FrontEnd",
    "FrontEndSpec",
    "MelFrontEnd",
    "MelSpec",
    "NativeWords",
    "PastReading",
    "SoundReport",
    "SoundWindows",
    "StreamResampler",
    "Window",
    "WindowFeatures",
    "catch_native_words",
    "cut_windows",
    "may_sound_otherwise",
    "mel_filters",
    "open_audio",
    "read_features",
    "sound_windows",
]
