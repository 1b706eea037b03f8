# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Recognised commands held against what was really said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from av_fusion_ros.reporting.run import Command

RIGHT, WRONG, MISSED, CONFLICT = 'right', 'wrong', 'missed', 'contradictory'


@dataclass(frozen=True, slots=True)
class Judged:
    """One utterance and the commands that belong to it.

    ``said`` is what the lips say, ``heard`` what the sound says where that is something else,
    in which case nothing is right or wrong.
    """

    start_s: float
    end_s: float
    said: str
    heard: str
    commands: tuple[Command, ...]

    @property
    def recognised(self) -> str:
        """The commands' words; empty for none."""
        return ' / '.join(command.text for command in self.commands)

    @property
    def verdict(self) -> str:
        """RIGHT, WRONG, MISSED or CONFLICT."""
        if self.heard:
            return CONFLICT
        if not self.commands:
            return MISSED
        return RIGHT if self.recognised == self.said else WRONG


def _overlap_s(command: Command, utterance: dict[str, Any]) -> float:
    begin_s = max(command.start_s, utterance['start_s'])
    return float(min(command.end_s, utterance['end_s']) - begin_s)


def judge(
    utterances: Sequence[dict[str, Any]], commands: Sequence[Command]
) -> tuple[list[Judged], list[Command]]:
    """Return every utterance with its commands, and the commands that belong to none.

    ``utterances`` are those of a ground-truth file. A command belongs to the utterance that it
    overlaps longest.
    """
    owned: list[list[Command]] = [[] for _ in utterances]
    extra = []
    for command in commands:
        overlaps = [_overlap_s(command, utterance) for utterance in utterances]
        best = max(range(len(overlaps)), key=overlaps.__getitem__, default=-1)
        if best >= 0 and overlaps[best] > 0:
            owned[best].append(command)
        else:
            extra.append(command)
    judged = [
        Judged(
            utterance['start_s'],
            utterance['end_s'],
            utterance['text'],
            heard if (heard := utterance.get('heard_text', '')) != utterance['text'] else '',
            tuple(commands),
        )
        for utterance, commands in zip(utterances, owned, strict=True)
    ]
    return judged, extra
