# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a check of `av-fusion doctor` found."""

from __future__ import annotations

from dataclasses import asdict, dataclass

PASSED, WARNING, FAILED = 'passed', 'warning', 'failed'


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and for one that did not pass how to mend it."""

    state: str
    found: str
    mend: str = ''

    def as_dict(self) -> dict[str, str]:
        return asdict(self)
