# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""How long work is shown while it runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

T = TypeVar('T')


class Track(Protocol):
    """Gives the items back one by one and shows how far it is."""

    def __call__(self, items: Sequence[T], description: str) -> Iterable[T]: ...
