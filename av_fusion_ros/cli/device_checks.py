# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Is there a camera and a microphone here that `av-fusion up --source device` can open?

Never more than a warning: where drivers publish pictures and sound, neither has to be here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from av_fusion_ros.cli.finding import PASSED, WARNING, Finding

DRIVERS_DO = 'not needed where drivers publish pictures and sound'
IN_CONTAINER = 'in a container, pass it on (--device)'


def camera(devices: Path = Path('/dev')) -> Finding:
    """A video device that may be read; it is not opened, as another program may be using it."""
    found = sorted(devices.glob('video*'))
    if not found:
        return Finding(WARNING, f'no {devices}/video*', f'{DRIVERS_DO}; {IN_CONTAINER}')
    readable = [path for path in found if os.access(path, os.R_OK | os.W_OK)]
    if not readable:
        mend = 'add yourself to its group (usermod -aG video USER) and log in again'
        return Finding(WARNING, f'{found[0]} may not be opened', mend)
    return Finding(PASSED, ', '.join(map(str, readable)))


def microphone() -> Finding:
    """PortAudio and a default device with inputs."""
    from av_fusion_ros.nodes.microphone import MicrophoneError, default_input

    try:
        return Finding(PASSED, default_input())
    except MicrophoneError as error:
        return Finding(WARNING, str(error), f'{DRIVERS_DO}; {IN_CONTAINER}: /dev/snd')


DEVICE_CHECKS: dict[str, Callable[[], Finding]] = {'camera': camera, 'microphone': microphone}
