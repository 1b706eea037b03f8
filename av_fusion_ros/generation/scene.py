# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A scene: who says what when, what goes wrong, and the timed frames and sound of it.

Frame k is taken at k / frame_rate_hz, sample n at n / 16000 s, both from start_ns on. The
same scene gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.drawn_talker import DrawnTalker
from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.events import CameraLoss, Event, Freeze, Loop, Mismatch, StillLips
from av_fusion_ros.generation.picture_events import PictureEvents
from av_fusion_ros.generation.sound_track import SoundTrack, active_mask, sound_track
from av_fusion_ros.generation.speech import (
    SAMPLE_RATE_HZ,
    Speech,
    Voice,
    random_voice,
    synthesise,
)
from av_fusion_ros.generation.still_lips import quiet_stretch_s, there_and_back

Picture = npt.NDArray[np.uint8]

START_NS = 1_760_000_000_000_000_000  # a fixed date, so that bags do not depend on the clock


@dataclass(frozen=True)
class Utterance:
    """Words and when the talker starts to say them."""

    text: str
    start_s: float
    speech: Speech
    heard: Speech

    @property
    def end_s(self) -> float:
        return self.start_s + self.speech.duration_s


class PictureSource(Protocol):
    """What the cameras see before anything goes wrong."""

    def picture(self, time_s: float, index: int) -> Picture:
        """The onboard camera's picture (h, w, 3) BGR."""
        ...

    def roadside_picture(self, time_s: float, index: int) -> Picture:
        """The roadside unit's smaller picture."""
        ...


@dataclass(frozen=True)
class SceneSettings:
    """How a scene is made; identity None draws the face by the seed."""

    seed: int = 0
    identity: int | None = None
    width: int = 640
    height: int = 480
    frame_rate_hz: float = 25.0
    audio_block_s: float = 0.02
    lead_s: float = 1.0
    gap_s: float = 1.2
    tail_s: float = 1.2
    voice: Voice | None = None
    start_ns: int = START_NS


@dataclass(frozen=True)
class TimedFrame:
    """A picture (h, w, 3) BGR and its capture time; index counts frames of the scene."""

    stamp_ns: int
    index: int
    image: Picture


@dataclass(frozen=True)
class AudioBlock:
    """samples (n,) float32; stamp_ns is the capture time of the last one."""

    stamp_ns: int
    first_sample: int
    samples: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Scene:
    """Utterances and events laid out in time, ready to be drawn and heard."""

    settings: SceneSettings
    utterances: tuple[Utterance, ...]
    events: tuple[Event, ...]
    duration_s: float
    sound: SoundTrack
    source: PictureSource
    effects: PictureEvents

    @property
    def n_frames(self) -> int:
        return int(self.duration_s * self.settings.frame_rate_hz + 1e-6)

    def frame_time_s(self, index: int) -> float:
        return index / self.settings.frame_rate_hz

    def stamp_ns(self, time_s: float) -> int:
        return self.settings.start_ns + round(time_s * 1e9)

    def frame(self, index: int) -> Picture:
        """Picture of one frame under the events, whether it is delivered or not."""
        shown = self._shown(index)
        time_s = self.frame_time_s(shown)
        return self.effects.apply(self.source.picture(time_s, shown), time_s)

    def _shown(self, index: int) -> int:
        """The frame that is really seen: in a freeze the last one before it, in a loop earlier.

        With lips that are to be still, one of a silence.
        """
        time_s, rate_hz = self.frame_time_s(index), self.settings.frame_rate_hz
        for event in self.events:
            if isinstance(event, Freeze) and event.active(time_s):
                before = max(math.ceil(event.start_s * rate_hz - 1e-9) - 1, 0)
                if before < index:
                    return self._shown(before)
            if isinstance(event, Loop) and event.active(time_s):
                first, period = round(event.start_s * rate_hz), round(event.period_s * rate_hz)
                again = first - period + (index - first) % max(period, 1)
                if 0 <= again < first:
                    return self._shown(again)
            if isinstance(event, StillLips) and event.active(time_s):
                begin_s, end_s = quiet_stretch_s(self.utterances, event.start_s)
                first, last = math.ceil(begin_s * rate_hz), math.floor(end_s * rate_hz) - 1
                step = index - math.ceil(event.start_s * rate_hz - 1e-9)
                return self._shown(there_and_back(first, last, step))
        return index

    def frames(self) -> Iterator[TimedFrame]:
        """The frames that the camera delivers, in order."""
        losses = [event for event in self.events if isinstance(event, CameraLoss)]
        held, image = -1, np.zeros((0, 0, 3), np.uint8)
        for index in range(self.n_frames):
            time_s = self.frame_time_s(index)
            if any(event.active(time_s) for event in losses):
                continue
            if self._shown(index) != held:
                held, image = self._shown(index), self.frame(index)
            yield TimedFrame(self.stamp_ns(time_s), index, image)

    def audio(self) -> Iterator[AudioBlock]:
        """The blocks that the microphone delivers, in order; a lost block leaves a jump."""
        size = round(self.settings.audio_block_s * SAMPLE_RATE_HZ)
        for first in range(0, len(self.sound.samples) - size + 1, size):
            last = first + size
            if self.sound.delivered[first:last].all():
                stamp_ns = self.stamp_ns((last - 1) / SAMPLE_RATE_HZ)
                yield AudioBlock(stamp_ns, first, self.sound.samples[first:last])


def make_scene(
    texts: Sequence[str],
    events: Sequence[Event] = (),
    settings: SceneSettings | None = None,
    starts_s: Sequence[float] | None = None,
    duration_s: float | None = None,
) -> Scene:
    """Lay out a scene; without `starts_s` the texts follow each other with settings.gap_s.

    Raises GenerationError for no text, overlapping starts, or a scene over an hour.
    """
    settings = settings or SceneSettings()
    if not texts:
        raise GenerationError('a scene needs a text; give --text "go forward"')
    if not 1.0 <= settings.frame_rate_hz <= 120.0:
        raise GenerationError(f'{settings.frame_rate_hz:g} frames a second; give 1 to 120')
    voice = settings.voice or random_voice(np.random.default_rng([settings.seed, 0x70]))
    utterances = _laid_out(texts, events, settings, starts_s, voice)
    end_s = utterances[-1].end_s + settings.tail_s if duration_s is None else duration_s
    if not 0.0 < end_s <= 3600.0:
        raise GenerationError(f'the scene would last {end_s:.0f} s; 1 hour is the most')
    source = DrawnTalker(
        [(u.start_s, u.speech.phonemes) for u in utterances],
        settings.seed,
        settings.identity,
        settings.width,
        settings.height,
    )
    return assemble(settings, utterances, events, end_s, source)


def assemble(
    settings: SceneSettings,
    utterances: Sequence[Utterance],
    events: Sequence[Event],
    duration_s: float,
    source: PictureSource,
) -> Scene:
    """Join what is seen, what is said and what goes wrong."""
    heard = [(u.start_s, u.heard.samples, active_mask(u.heard)) for u in utterances]
    return Scene(
        settings=settings,
        utterances=tuple(utterances),
        events=tuple(events),
        duration_s=duration_s,
        sound=sound_track(heard, events, duration_s, settings.seed),
        source=source,
        effects=PictureEvents(events, settings.seed, settings.width, settings.height),
    )


def _laid_out(
    texts: Sequence[str],
    events: Sequence[Event],
    settings: SceneSettings,
    starts_s: Sequence[float] | None,
    voice: Voice,
) -> list[Utterance]:
    if starts_s is not None and len(starts_s) != len(texts):
        raise GenerationError(f'{len(texts)} texts but {len(starts_s)} start times; give one each')
    utterances: list[Utterance] = []
    free_s = settings.lead_s
    for index, text in enumerate(texts):
        start_s = free_s if starts_s is None else starts_s[index]
        if starts_s is not None and utterances and start_s < utterances[-1].end_s:
            raise GenerationError(
                f'{text!r} starts at {start_s:g} s, before {utterances[-1].text!r} ends at '
                f'{utterances[-1].end_s:.2f} s; start it later'
            )
        speech = synthesise(text, voice)
        heard = speech
        for event in events:
            if isinstance(event, Mismatch) and event.active(start_s):
                heard = synthesise(event.text, voice)
        utterances.append(Utterance(text, start_s, speech, heard))
        free_s = start_s + max(speech.duration_s, heard.duration_s) + settings.gap_s
    return utterances
