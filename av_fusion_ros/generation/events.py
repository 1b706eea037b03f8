# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What goes wrong in a scene and when: one class per kind of event, and how they are written.

On the command line an event is `kind:key=value,key=value`, in YAML a mapping with `kind`.
`start` and `end` (seconds of the scene) are short for `start_s` and `end_s`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import yaml

from av_fusion_ros.generation.errors import GenerationError
from av_fusion_ros.generation.event import Event as Event
from av_fusion_ros.generation.event import require_within
from av_fusion_ros.generation.roadside_events import V2x as V2x
from av_fusion_ros.generation.roadside_events import V2xAttack as V2xAttack
from av_fusion_ros.generation.roadside_events import V2xOther as V2xOther

SYNTHETIC_NOISES = ('white', 'pink', 'babble', 'engine')


@dataclass(frozen=True, kw_only=True)
class Noise(Event):
    """Noise at an SNR over the speech-active samples; a file, or a synthetic sound."""

    kind: ClassVar[str] = 'noise'
    snr_db: float = 0.0
    sound: str = 'pink'
    file: str = ''

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'snr_db', -60.0, 60.0)
        if not self.file and self.sound not in SYNTHETIC_NOISES:
            raise GenerationError(
                f'noise: sound is {self.sound!r}; give {", ".join(SYNTHETIC_NOISES)}, or a file'
            )


@dataclass(frozen=True, kw_only=True)
class Rain(Event):
    """Drops on the lens and streaks in the air; amount 0 to 1."""

    kind: ClassVar[str] = 'rain'
    amount: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'amount', 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Blackout(Event):
    """The camera delivers dark frames."""

    kind: ClassVar[str] = 'blackout'


@dataclass(frozen=True, kw_only=True)
class Freeze(Event):
    """The camera repeats the last frame from before the event, with new stamps."""

    kind: ClassVar[str] = 'freeze'


@dataclass(frozen=True, kw_only=True)
class Loop(Event):
    """The camera shows the period_s from before the event over and over, with new stamps."""

    kind: ClassVar[str] = 'loop'
    period_s: float = 3.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'period_s', 0.1, 100.0)


@dataclass(frozen=True, kw_only=True)
class StillLips(Event):
    """The camera shows the talker silent: a stretch from before the event, there and back.

    What is heard goes on, and is thus of somebody out of view.
    """

    kind: ClassVar[str] = 'still_lips'


@dataclass(frozen=True, kw_only=True)
class Blur(Event):
    """The lens is out of focus: Gaussian blur of sigma_px."""

    kind: ClassVar[str] = 'blur'
    sigma_px: float = 6.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'sigma_px', 0.1, 100.0)


@dataclass(frozen=True, kw_only=True)
class Glare(Event):
    """Light into the lens washes the picture out; strength 0 to 1."""

    kind: ClassVar[str] = 'glare'
    strength: float = 0.8

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'strength', 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Blockage(Event):
    """Mud or a hand close before the lens hides a share (0 to 1) of the picture."""

    kind: ClassVar[str] = 'blockage'
    share: float = 0.6

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'share', 0.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Exposure(Event):
    """gain times the light on the sensor: a tunnel (0.02), headlights (8)."""

    kind: ClassVar[str] = 'exposure'
    gain: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'gain', 0.0, 100.0)


@dataclass(frozen=True, kw_only=True)
class Desync(Event):
    """The sound is late by shift_s (early when negative)."""

    kind: ClassVar[str] = 'desync'
    shift_s: float = 0.4

    def __post_init__(self) -> None:
        super().__post_init__()
        require_within(self, 'shift_s', -5.0, 5.0)


@dataclass(frozen=True, kw_only=True)
class Mismatch(Event):
    """Utterances that start in the event are heard as `text`; the lips say the scene's text."""

    kind: ClassVar[str] = 'mismatch'
    text: str = ''

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.text.strip():
            raise GenerationError('mismatch: give text=, the words to be heard')


@dataclass(frozen=True, kw_only=True)
class CameraLoss(Event):
    """No frames arrive."""

    kind: ClassVar[str] = 'camera_loss'


@dataclass(frozen=True, kw_only=True)
class MicDead(Event):
    """The microphone delivers zeros."""

    kind: ClassVar[str] = 'mic_dead'


@dataclass(frozen=True, kw_only=True)
class MicLoss(Event):
    """No sound messages arrive; the sample counter runs on."""

    kind: ClassVar[str] = 'mic_loss'


EVENT_KINDS: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        Noise, Rain, Blackout, Freeze, Loop, StillLips, Blur, Glare, Blockage, Exposure, Desync,
        Mismatch, CameraLoss, MicDead, MicLoss, V2x, V2xAttack, V2xOther,
    )
}  # fmt: skip
_SHORT = {'start': 'start_s', 'end': 'end_s'}


def event_from_mapping(values: Mapping[str, Any]) -> Event:
    """One event from a mapping with `kind`; raises GenerationError naming what is accepted."""
    kind = str(values.get('kind', ''))
    made = EVENT_KINDS.get(kind)
    if made is None:
        raise GenerationError(f'no event {kind!r}; give one of {", ".join(EVENT_KINDS)}')
    types = {field.name: field.type for field in fields(made)}
    given: dict[str, Any] = {}
    for key, value in values.items():
        if key == 'kind':
            continue
        name = _SHORT.get(key, key)
        if name not in types:
            raise GenerationError(f'{kind} has no {key!r}; it takes {", ".join(types)}')
        try:
            given[name] = float(value) if types[name] == 'float' else str(value)
        except (TypeError, ValueError) as error:
            raise GenerationError(f'{kind}: {key} is {value!r}; give a number') from error
    return made(**given)


def parse_event(text: str) -> Event:
    """One event from `kind:key=value,key=value`."""
    kind, _, rest = text.partition(':')
    values: dict[str, Any] = {'kind': kind.strip()}
    for part in filter(None, (piece.strip() for piece in rest.split(','))):
        key, equals, value = part.partition('=')
        if not equals:
            raise GenerationError(f'{part!r} in event {text!r} is not key=value')
        values[key.strip()] = value.strip()
    return event_from_mapping(values)


def events_from_yaml(path: Path) -> list[Event]:
    """Events of a YAML file that holds a list of mappings."""
    try:
        document = yaml.safe_load(path.read_text())
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        # PyYAML itself raises the two in the middle: the 45th of a month, a thousand brackets.
        raise GenerationError(f'cannot read events from {path}: {error}') from error
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        raise GenerationError(f'{path} must hold a list of events, each a mapping with kind')
    return [event_from_mapping(item) for item in document]


def event_record(event: Event, duration_s: float) -> dict[str, Any]:
    """The event as plain data for a ground-truth file; an open end becomes the scene's end."""
    record: dict[str, Any] = {'kind': event.kind}
    for field in fields(event):
        record[field.name] = getattr(event, field.name)
    record['end_s'] = min(event.end_s, duration_s)
    return record
