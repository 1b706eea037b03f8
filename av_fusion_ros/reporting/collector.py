# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Messages out of bags, whatever their order, to a Run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from av_fusion_ros.recognition.mode_table import Mode
from av_fusion_ros.reporting.message_events import (
    alarm_of,
    command_of,
    fault_of,
    faults_of,
    health_of,
    nanoseconds,
)
from av_fusion_ros.reporting.mouth_strip import MouthStrip
from av_fusion_ros.reporting.pictures import picture_of
from av_fusion_ros.reporting.run import (
    Columns,
    ModeChange,
    Mouth,
    Run,
    Spectrogram,
    TopicInBag,
)
from av_fusion_ros.reporting.run_time import RunTime, is_of_this_time, run_time
from av_fusion_ros.reporting.spectrum import Spectrum
from av_fusion_ros.signals.audio_clock import AudioClockError
from av_fusion_ros.signals.image_decoding import ImageFormatError
from av_fusion_ros.signals.pcm import AudioFormatError, decode_pcm
from av_fusion_ros.signals.resampling import ResamplingError

#: The fields of a stream that are drawn.
FIELDS = {
    'weights': (
        *('audio', 'visual', 'v2x', 'audio_snr_db', 'camera_quality', 'v2x_age_s', 'mode'),
    ),
    'hearing': ('snr_db', 'quality', 'speech_probability', 'level_dbfs'),
    'seeing': ('quality', 'face_id', 'mouth_opening'),
}

SENSE_OF = {'hearing': 'ear', 'seeing': 'eye'}
#: Stamp, time received, values of FIELDS.
Row = tuple[int, int, tuple[float, ...]]


class Collector:
    """Takes messages by what they are used as, then makes a Run of them."""

    def __init__(self, duration_s: float) -> None:
        self.mouths = MouthStrip(duration_s)
        self._rows: dict[str, list[tuple[int, int, tuple[float, ...]]]] = {
            use: [] for use in FIELDS
        }
        self._faults: dict[str, list[tuple[int, str]]] = {use: [] for use in SENSE_OF}
        self._events: dict[str, list[tuple[int, int, Any]]] = {
            use: [] for use in ('commands', 'modes', 'alarms', 'health')
        }
        self._spectrum = Spectrum()
        self._model_id = ''
        self._more_notes: list[str] = []
        self._unread: Counter[tuple[str, str]] = Counter()

    def cannot_read(self, use: str, reason: str) -> None:
        """Count a message that is left out."""
        self._unread[use, reason] += 1

    def take(self, use: str, message: Any, received_ns: int) -> None:
        """Take a message that the bag got at ``received_ns``."""
        if use in self._rows:
            values = tuple(float(getattr(message, name)) for name in FIELDS[use])
            self._rows[use].append((nanoseconds(message.header.stamp), received_ns, values))
            if use in SENSE_OF:
                self._faults[use].append((nanoseconds(message.header.stamp), fault_of(message)))
            self._model_id = self._model_id or getattr(message, 'model_id', '')
        elif use in self._events:
            self._events[use].append((nanoseconds(message.header.stamp), received_ns, message))
        elif use == 'sound':
            self._take_sound(message)
        elif use == 'pictures':
            self._take_picture(message)

    def _take_sound(self, message: Any) -> None:
        stamp_ns = nanoseconds(message.header.stamp)
        try:
            samples = decode_pcm(message.data, message.encoding, message.channels)
            rate_hz, first = int(message.sample_rate_hz), int(message.first_sample)
            self._spectrum.push(samples, rate_hz, stamp_ns, first)
        except (AudioFormatError, AudioClockError, ResamplingError) as error:
            self.cannot_read('sound', str(error))

    def _take_picture(self, message: Any) -> None:
        try:
            picture = picture_of(message)
        except ImageFormatError as error:
            self.cannot_read('pictures', str(error))
            return
        self.mouths.push(picture, nanoseconds(message.header.stamp))

    def run(
        self,
        bags: tuple[str, ...],
        truth: dict[str, Any] | None,
        topics: tuple[TopicInBag, ...],
    ) -> Run:
        """Return what was taken; raises ReportError when it has no moment of capture at all."""
        times_ns, columns = self._spectrum.frames()
        stamps = [row[0] for rows in self._rows.values() for row in rows]
        stamps += [stamp_ns for stamp_ns, _, _ in self.mouths.crops]
        stamps += [nanoseconds(message.end) for _, _, message in self._events['commands']]
        stamps += times_ns[::100].tolist() + times_ns[-1:].tolist()
        time = run_time(stamps, truth)
        seconds, begin_ns = time.seconds, time.begin_ns
        outside = sum(stamp > 0 and not time.holds(stamp) for stamp in stamps)
        if outside:
            self._more_notes.append(f'{outside} messages have stamps of another clock: left out')
        if truth is not None and not is_of_this_time(truth, begin_ns):
            self._more_notes.append('the ground truth is of another time: left out')
            truth = None

        def of(use: str) -> list[tuple[int, int, Any]]:
            return sorted(self._events[use], key=lambda event: event[:2])

        heard = np.array([time.holds(stamp) for stamp in times_ns.tolist()], bool)
        return Run(
            bags,
            begin_ns,
            seconds(time.end_ns),
            **{use: self._columns(use, time) for use in FIELDS},
            commands=tuple(
                command_of(message, seconds(received_ns), begin_ns)
                for _, received_ns, message in of('commands')
                if not message.partial and time.holds(nanoseconds(message.end))
            ),
            modes=tuple(
                # The latched mode may be older than the run.
                ModeChange(max(0.0, seconds(stamp_ns)), Mode(message.mode), message.reason)
                for stamp_ns, _, message in of('modes')
                if message.mode in tuple(Mode) and stamp_ns <= time.end_ns
            ),
            alarms=tuple(
                alarm_of(message, begin_ns)
                for stamp_ns, _, message in of('alarms')
                if time.holds(stamp_ns)
            ),
            faults=tuple(
                fault
                for use, told in self._faults.items()
                for fault in faults_of(
                    SENSE_OF[use],
                    [(seconds(stamp), name) for stamp, name in sorted(told) if time.holds(stamp)],
                )
            ),
            health=health_of(
                [
                    (max(0.0, seconds(received_ns)), message)
                    for _, received_ns, message in self._events['health']
                ]
            ),
            sound=(
                Spectrogram((times_ns[heard] - begin_ns) / 1e9, columns[heard])
                if heard.any()
                else None
            ),
            mouths=tuple(
                Mouth(seconds(stamp_ns), picture, has_face)
                for stamp_ns, picture, has_face in self.mouths.crops
                if time.holds(stamp_ns)
            ),
            truth=truth,
            model_id=self._model_id,
            topics=topics,
            notes=self._notes(),
        )

    def _columns(self, use: str, time: RunTime) -> Columns:
        rows = sorted(row for row in self._rows[use] if time.holds(row[0]))
        if not rows:
            return {}
        # Nanoseconds of today do not fit a float exactly: subtract before, not after.
        table = np.array(
            [(time.seconds(stamp), time.seconds(got), *values) for stamp, got, values in rows]
        )
        names = ('time_s', 'received_s', *FIELDS[use])
        return dict(zip(names, table.T, strict=True))

    def _notes(self) -> tuple[str, ...]:
        unread = [
            f'{count} messages of {use} were left out: {reason}'
            for (use, reason), count in self._unread.most_common(5)
        ]
        return (*unread, *self._more_notes, *filter(None, [self.mouths.note]))
