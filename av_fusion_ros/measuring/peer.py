# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""pocketsphinx on the same sound, as its own live mode works: its endpointer, then its decoder.

The endpointer says when speech has ended; the text is final then. Latency is the sound that the
endpointer took after the last word's true end, and what the final pass took.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from av_fusion_ros.measuring.pocketsphinx_reader import PocketsphinxReader
from av_fusion_ros.measuring.takes import RATE_HZ, Take

TAIL_S = 0.5  # of silence after each take: the endpointer needs some to find the end


@dataclass(slots=True)
class PeerRun:
    """Figures of the peer; ``found`` counts takes in which it said anything."""

    takes: int
    audio_s: float = 0.0
    cpu_s: float = 0.0
    found: int = 0
    right: int = 0
    latencies_s: list[float] = field(default_factory=list)

    @property
    def real_time_factor(self) -> float:
        """CPU seconds for each second of sound."""
        return self.cpu_s / max(self.audio_s, 1e-9)


def run_peer(reader: PocketsphinxReader, takes: Sequence[Take]) -> PeerRun:
    """Feed the takes frame by frame, as fast as it goes; time is that of the sound."""
    run = PeerRun(len(takes))
    for take in takes:
        before = time.process_time()
        heard = _listen(reader, take)
        run.cpu_s += time.process_time() - before
        run.audio_s += take.duration_s + TAIL_S
        if heard is None:
            continue
        text, decided_s = heard
        run.found += 1
        run.right += text == take.text
        run.latencies_s.append(decided_s - take.end_s)
    return run


def _listen(reader: PocketsphinxReader, take: Take) -> tuple[str, float] | None:
    """What is heard, and when in the take's time it is said; None when nothing is."""
    from pocketsphinx import Endpointer

    endpointer = Endpointer(sample_rate=RATE_HZ)
    silence = np.zeros(round(TAIL_S * RATE_HZ), np.float32)
    pcm = (np.concatenate([take.samples, silence]) * 32767).astype('<i2').tobytes()
    size, found = endpointer.frame_bytes, None
    for first in range(0, len(pcm) - size + 1, size):
        speech = endpointer.process(pcm[first : first + size])
        if speech is None:
            continue
        began_s = time.perf_counter()
        if not reader.listening:
            reader.begin()
        reader.hear(speech)
        if not endpointer.in_speech:
            text = reader.finish()
            took_s = time.perf_counter() - began_s
            # What comes first, a noise or a breath, may be nothing: the last that was heard counts.
            if text:
                found = text, (first + size) / 2 / RATE_HZ + took_s
    if reader.listening:
        reader.finish()
    return found
