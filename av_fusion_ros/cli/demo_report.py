# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What the demo's graph published, compared with what was really said and done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from av_fusion_ros.cli.replay_result import MODES, ReplayResult

SETTLE_S = 0.8  # an episode's effect is measured from this long after its beginning
FEWEST_HOPS = 0.8  # of 25 Hz
BLIND_AUDIO_WEIGHT = 0.87  # what the gate has to reach with a dark camera
LEAST_FALL = 0.03  # of the audio weight in noise


class DemoResult(ReplayResult):
    """What the demo concludes from it."""

    def episode(self, kind: str) -> dict[str, Any]:
        """Return the event of this kind."""
        return next(event for event in self.truth['events'] if event['kind'] == kind)

    def checks(self) -> list[tuple[str, bool]]:
        """Return what must hold for the graph to have worked, and whether it does."""
        noise, dark = self.episode('noise'), self.episode('blackout')
        before = (SETTLE_S + 1.0, noise['start_s'])
        in_noise = (noise['start_s'] + SETTLE_S, noise['end_s'])
        in_dark = (dark['start_s'] + SETTLE_S, dark['end_s'])
        hops = self.truth['duration_s'] * 25

        def audio(span: tuple[float, float]) -> float:
            return self.weight_in('audio', *span)

        return [
            (
                f'{len(self.weights)} weights of {hops:.0f} hops',
                len(self.weights) >= FEWEST_HOPS * hops,
            ),
            (
                f'audio weight falls in noise: {audio(before):.2f} to {audio(in_noise):.2f}',
                audio(in_noise) < audio(before) - LEAST_FALL,
            ),
            (
                f'audio weight in the blackout: {audio(in_dark):.2f}',
                audio(in_dark) >= BLIND_AUDIO_WEIGHT,
            ),
            (
                'the mode changes in the blackout',
                any(dark['start_s'] <= at_s <= dark['end_s'] + 1.0 for at_s, _, _ in self.modes),
            ),
            (f'{self.right()} commands right', self.right() > 0),
        ]

    def write(self, folder: Path, seconds: float) -> bool:
        """Write the tables and summary.md; return whether every check holds."""
        self.write_tables(folder)
        (folder / 'summary.md').write_text(self._summary(seconds))
        return all(holds for _, holds in self.checks())

    def _summary(self, seconds: float) -> str:
        said = self.truth['utterances']
        lines = ['# Demo', '', f'{self.right()} of {len(said)} commands right, {seconds:.0f} s.']
        lines += ['', *self.utterance_rows()]
        lines += [
            '',
            '| span | audio | visual | SNR [dB] | camera quality |',
            '|---|---|---|---|---|',
        ]
        for name, start_s, end_s in self.spans():
            values = [
                self.weight_in(column, start_s, end_s)
                for column in ('audio', 'visual', 'audio_snr_db', 'camera_quality')
            ]
            lines.append(f'| {name} | ' + ' | '.join(f'{value:.2f}' for value in values) + ' |')
        lines += ['', '| time | mode | reason |', '|---|---|---|']
        lines += [f'| {at_s:.1f} s | {MODES[mode]} | {why} |' for at_s, mode, why in self.modes]
        lines += ['']
        lines += [f'- {"ok" if holds else "FAILED"}: {text}' for text, holds in self.checks()]
        return '\n'.join(lines) + '\n'

    def spans(self) -> list[tuple[str, float, float]]:
        """Return (name, start, end) of the quiet beginning and of every event."""
        events = self.truth['events']
        first_s = min(event['start_s'] for event in events)
        named = [(e['kind'], e['start_s'] + SETTLE_S, e['end_s']) for e in events]
        return [('before', SETTLE_S + 1.0, first_s), *named]
