# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""A real browser without a window, spoken to by the Chrome DevTools Protocol over two pipes."""

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
TIMEOUT_S = 120.0


def find_browser() -> str:
    """The path of a Chromium; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip('no chromium here; `apt-get install chromium` brings one')
    return found


class Browser:
    """One page at a time; ``events`` holds what the browser told since it was opened."""

    def __init__(self, profile: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        # Chromium reads its commands from descriptor 3 and answers on 4.
        shell = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        options = ['--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe']
        options += ['--no-first-run', '--disable-background-networking', '--hide-scrollbars']
        options += [f'--user-data-dir={profile}', 'about:blank']
        self._process = subprocess.Popen(
            ['bash', '-c', shell, 'bash', find_browser(), *options],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b''
        self._last_id = 0
        self._session = ''
        self.events: list[dict[str, Any]] = []

    def open(self, path: Path, width: int, *, dark: bool = False, scripts: bool = True) -> None:
        """Show a file in a page of this width and wait until it is loaded."""
        target = self.call('Target.createTarget', url='about:blank')['targetId']
        attached = self.call('Target.attachToTarget', targetId=target, flatten=True)
        self._session = attached['sessionId']
        self.events = []
        for domain in ('Page', 'Runtime', 'Log', 'Network'):
            self.call(f'{domain}.enable')
        self.call(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}
        self.call('Emulation.setEmulatedMedia', features=[scheme])
        self.call('Emulation.setScriptExecutionDisabled', value=not scripts)
        self.call('Page.navigate', url=path.resolve().as_uri())
        while not any(event['method'] == 'Page.loadEventFired' for event in self.events):
            self._take(time.monotonic() + TIMEOUT_S)

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self.call('Runtime.evaluate', expression=expression, returnByValue=True)
        assert 'exceptionDetails' not in answer, answer
        return answer['result'].get('value')

    def screenshot(self) -> np.ndarray:
        """The whole page (h, w, 3), BGR."""
        answer = self.call('Page.captureScreenshot', captureBeyondViewport=True)
        data = np.frombuffer(base64.b64decode(answer['data']), np.uint8)
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))

    def told(self, *methods: str) -> list[dict[str, Any]]:
        """The parameters of the events of these kinds."""
        return [event['params'] for event in self.events if event['method'] in methods]

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its answer."""
        self._last_id += 1
        command = {'id': self._last_id, 'method': method, 'params': parameters}
        if self._session and not method.startswith('Target.'):
            command['sessionId'] = self._session
        os.write(self._write, json.dumps(command).encode() + b'\0')
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            message = self._take(deadline)
            if message.get('id') == self._last_id:
                assert 'error' not in message, f'{method}: {message}'
                return dict(message['result'])

    def _take(self, deadline: float) -> dict[str, Any]:
        """The next message; an event is kept."""
        while b'\0' not in self._buffer:
            left_s = deadline - time.monotonic()
            assert left_s > 0, 'the browser does not answer'
            if select.select([self._read], [], [], left_s)[0]:
                data = os.read(self._read, 1 << 20)
                assert data, 'the browser has ended'
                self._buffer += data
        line, self._buffer = self._buffer.split(b'\0', 1)
        message = dict(json.loads(line))
        if 'method' in message:
            self.events.append(message)
        return message

    def close(self) -> None:
        """End the browser."""
        os.close(self._write)
        self._process.terminate()
        self._process.wait(30)
        os.close(self._read)
