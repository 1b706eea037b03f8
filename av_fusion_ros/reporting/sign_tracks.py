# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The tracks that tell how good sound and picture are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from av_fusion_ros.recognition.mode_table import CONDITIONS, Grade
from av_fusion_ros.reporting.curves import curve
from av_fusion_ros.reporting.run import Run
from av_fusion_ros.reporting.tracks import Span, Track

DEVICES = {'ear': 'microphone', 'eye': 'camera'}


def sign_tracks(run: Run) -> Iterator[Track]:
    """SNR and qualities, those that the fusion used, else what the encoders said; then faults."""
    fused = bool(run.weights)
    hearing = (run.weights, 'audio_snr_db') if fused else (run.hearing, 'snr_db')
    seeing = (run.weights, 'camera_quality') if fused else (run.seeing, 'quality')
    columns, name = hearing
    if columns:
        value = columns[name]
        known = value[np.isfinite(value)].tolist()
        yield Track(
            'Speech over noise',
            'dB',
            'estimated while somebody speaks',
            low=min([-10.0, *known]),
            high=max([30.0, *known]),
            marks=(-10.0, 0.0, 10.0, 20.0, 30.0),
            lines=(curve('SNR', 'ear', columns['time_s'], value),),
            limits=_limits('snr_db'),
        )
    for title, of, colour, (columns, name), limited in (
        ('Sound quality', 'of the microphone', 'ear', (run.hearing, 'quality'), 'audio_quality'),
        ('Picture quality', 'of the onboard camera', 'eye', seeing, 'camera_quality'),
    ):
        if columns:
            yield Track(
                title,
                explained=of,
                height=70,
                marks=(0.0, 0.5, 1.0),
                lines=(curve('quality', colour, columns['time_s'], columns[name]),),
                limits=_limits(limited),
            )
    if run.faults:
        yield _faults(run)


def _faults(run: Run) -> Track:
    """One row for the microphone, one for the camera, each where it has a fault."""
    rows = sorted({fault.sense for fault in run.faults})
    spans = (
        Span(f.start_s, f.end_s, f.name, f.sense, DEVICES[f.sense], rows.index(f.sense))
        for f in run.faults
    )
    told = ' and '.join(DEVICES[sense] for sense in rows)
    return Track('Faults', explained=f'of the {told}', height=30 * len(rows), spans=tuple(spans))


def _limits(value: str) -> tuple[tuple[float, str], ...]:
    """The values below which a sense is poor or lost."""
    names = {Grade.POOR: 'poor', Grade.LOST: 'lost'}
    return tuple((c.fall, names[c.grade]) for c in CONDITIONS if c.value == value)
