"""Sound: decoding, resampling, windows, loudness, features and measured descriptors.

Importing this package loads no decoder and no resampler; opening a sound does.
"""

from __future__ import annotations

from sqlclap.audio.budget import DecodingBudget
from sqlclap.audio.decode import AudioSource, AudioStream, open_audio
from sqlclap.audio.descriptors import DescriptorMeter, Descriptors
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
from sqlclap.audio.resample import StreamResampler
from sqlclap.audio.spec import FrontEndSpec, MelSpec
from sqlclap.audio.suffixes import AUDIO_SUFFIXES, AV_SUFFIXES
from sqlclap.audio.windows import Window, cut_windows

__all__ = [
    "AUDIO_SUFFIXES",
    "AV_SUFFIXES",
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
    "SoundReport",
    "SoundWindows",
    "StreamResampler",
    "Window",
    "WindowFeatures",
    "cut_windows",
    "mel_filters",
    "open_audio",
    "read_features",
    "sound_windows",
]
