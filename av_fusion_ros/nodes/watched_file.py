# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A file that is read again when it has changed, without a restart."""

from __future__ import annotations

from pathlib import Path


class WatchedFile:
    """Says whether a file is another than when it was last asked; it begins as changed.

    A file that is replaced (written beside and renamed, as it should be) and one that is written
    over are both noticed; a file that has vanished has changed once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = (-1, -1, -1)

    def changed(self) -> bool:
        """Look again."""
        try:
            found = self.path.stat()
        except OSError:
            now = None
        else:
            now = (found.st_ino, found.st_mtime_ns, found.st_size)
        changed, self._seen = now != self._seen, now
        return changed
