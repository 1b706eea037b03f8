# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The trust file, read again when it has changed."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path

from av_fusion_ros.nodes.diagnostics import ERROR
from av_fusion_ros.nodes.managed_node import ManagedNode
from av_fusion_ros.nodes.trust_file import TrustFileError, load_trust_file
from av_fusion_ros.nodes.watched_file import WatchedFile
from av_fusion_ros.recognition.v2x_trust import TrustList


class TrustWatch:
    """Reads at once, and later in a thread of its own: a thousand stations take a second.

    ``take`` may be called in any one thread. Raises TrustFileError when the file cannot be read.
    """

    def __init__(self, path: Path, node: ManagedNode) -> None:
        self._node = node
        self._file = WatchedFile(path)
        self._file.changed()
        self._read: deque[TrustList] = deque([load_trust_file(path)], maxlen=1)
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin to read, if the file has changed and is not being read already."""
        reading = self._thread is not None and self._thread.is_alive()
        if not reading and self._file.changed():
            self._thread = threading.Thread(target=self._read_again, name='trust file', daemon=True)
            self._thread.start()

    def take(self) -> TrustList | None:
        """The newest list, once; None while there is no newer one."""
        return self._read.popleft() if self._read else None

    def wait(self) -> None:
        """Wait until nothing is being read."""
        if self._thread is not None:
            self._thread.join()

    def _read_again(self) -> None:
        try:
            trusted = load_trust_file(self._file.path)
        except TrustFileError as error:
            # Half a file must not lock everybody out: the last keys stay in force.
            text = f'the keys read before stay in force: {error}'
            self._node.task.lasting_fault('trust_file', ERROR, text)
            self._node.get_logger().error(text)
            return
        self._node.task.clear('trust_file')
        self._node.get_logger().info(f'{len(trusted)} trusted keys')
        self._read.append(trusted)
