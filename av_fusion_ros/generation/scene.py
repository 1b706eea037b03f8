# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A scene: who says what when, what goes wrong, and the timed frames and sound of it.

Frame k is taken at k / frame_rate_hz, sample n at n / 16000 s, both from start_ns on. The
same scene gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.events import CameraLoss, Event, Freeze, Mismatch
from av_fusion_ros.generation.picture_events import PictureEvents
from av_fusion_ros.generation.sound_track import SoundTrack, sound_track
from av_fusion_ros.generation.speech import (
    SAMPLE_RATE_HZ,
    Speech,
    TimedPhoneme,
    Voice,
    random_voice,
    synthesise,
)
from av_fusion_ros.generation.talking_head import TalkingHead

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
    head: TalkingHead
    effects: PictureEvents
    phonemes: tuple[TimedPhoneme, ...] = field(repr=False)
    mouths: npt.NDArray[np.float64] = field(repr=False)

    @property
    def n_frames(self) -> int:
        return len(self.mouths)

    def frame_time_s(self, index: int) -> float:
        return index / self.settings.frame_rate_hz

    def stamp_ns(self, time_s: float) -> int:
        return self.settings.start_ns + round(time_s * 1e9)

    def mouths_at(self, times_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The talker's mouth shapes (n, 7) at times of the scene."""
        return self.head.mouths(self.phonemes, times_s)

    def frame(self, index: int) -> Picture:
        """Picture of one frame under the events, whether it is delivered or not."""
        shown = self._shown(index)
        time_s = self.frame_time_s(shown)
        return self.effects.apply(self.head.frame(self.mouths[shown], time_s, shown), time_s)

    def _shown(self, index: int) -> int:
        """The frame that is really seen: in a freeze, the last one before it."""
        time_s, rate_hz = self.frame_time_s(index), self.settings.frame_rate_hz
        for event in self.events:
            if isinstance(event, Freeze) and event.active(time_s):
                before = max(math.ceil(event.start_s * rate_hz - 1e-9) - 1, 0)
                if before < index:
                    return self._shown(before)
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
    head = TalkingHead(settings.seed, settings.identity, settings.width, settings.height)
    times_s = np.arange(int(end_s * settings.frame_rate_hz + 1e-6)) / settings.frame_rate_hz
    spoken = tuple(
        replace(phoneme, start_s=phoneme.start_s + u.start_s, end_s=phoneme.end_s + u.start_s)
        for u in utterances
        for phoneme in u.speech.phonemes
    )
    return Scene(
        settings=settings,
        utterances=tuple(utterances),
        events=tuple(events),
        duration_s=end_s,
        sound=sound_track([(u.start_s, u.heard) for u in utterances], events, end_s, settings.seed),
        head=head,
        effects=PictureEvents(events, settings.seed, settings.width, settings.height),
        phonemes=spoken,
        mouths=head.mouths(spoken, times_s),
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
