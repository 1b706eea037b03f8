# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A local microphone through PortAudio (the optional Python package sounddevice)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from av_fusion_ros.recognition.features import NS_PER_S


class MicrophoneError(ValueError):
    """The microphone, or the library that opens it, is missing."""


class Microphone:
    """Signed 16-bit blocks from device ``name``; raises MicrophoneError.

    Each block is stamped with the capture time of its last sample: PortAudio states the time at
    which the first sample of a block reached the converter, on a clock of its own, which is
    brought to the caller's clock by the two clocks' difference at the callback.
    """

    def __init__(self, name: str, sample_rate_hz: int, channels: int, block_s: float) -> None:
        self._library = _sound_library()
        self._name: int | str | None = (
            None if name == 'default' else int(name) if name.isdigit() else name
        )
        self._rate_hz = sample_rate_hz
        self._channels = channels
        self._block = round(block_s * sample_rate_hz)
        self._stream: Any = None

    def open(
        self, hear: Callable[[bytes, int, int, int, bool], None], now_ns: Callable[[], int]
    ) -> None:
        """Begin to call ``hear(data, channels, first_sample, stamp_ns, overrun)``."""
        heard = 0

        def callback(data: Any, frames: int, times: Any, status: Any) -> None:
            nonlocal heard
            delay_s = times.currentTime - times.inputBufferAdcTime - (frames - 1) / self._rate_hz
            stamp_ns = now_ns() - round(delay_s * NS_PER_S)
            hear(bytes(data), self._channels, heard, stamp_ns, bool(status.input_overflow))
            heard += frames

        try:
            self._stream = self._library.RawInputStream(
                samplerate=self._rate_hz,
                blocksize=self._block,
                device=self._name,
                channels=self._channels,
                dtype='int16',
                callback=callback,
            )
            self._stream.start()
        except (self._library.PortAudioError, ValueError) as error:
            self._stream = None
            raise MicrophoneError(
                f'microphone {self._name or "default"!r} cannot be opened: {error}. '
                '`python3 -m sounddevice` lists what there is'
            ) from error

    def close(self) -> None:
        """End the stream."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def default_input() -> str:
    """Return the name of the default microphone, without opening it; raises MicrophoneError."""
    library = _sound_library()
    try:
        return str(library.query_devices(kind='input')['name'])
    except (library.PortAudioError, ValueError) as error:
        raise MicrophoneError(f'no microphone: {error}') from error


def _sound_library() -> Any:
    try:
        import sounddevice
    except (ImportError, OSError) as error:  # OSError: the package without its PortAudio
        raise MicrophoneError(
            f'sounddevice is not usable here ({error}); install it with `pip install sounddevice` '
            "and, on Debian, libportaudio2; or set microphone:=''"
        ) from error
    return sounddevice
