# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Will nodes find each other, and large messages arrive?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from av_fusion_ros.cli.finding import FAILED, PASSED, WARNING, Finding

LARGEST_SAFE_DOMAIN = 101  # above it the ports collide with Linux's ephemeral ports
# The Fast DDS profile gives each participant a 16 MB segment, and the graph has some five.
WANTED_SHARED_MEMORY_MB = 128


def dds_profile() -> Finding:
    rmw = os.environ.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp')
    if not rmw.startswith('rmw_fastrtps'):
        return Finding(PASSED, f'not needed for {rmw}')
    for variable in ('FASTDDS_DEFAULT_PROFILES_FILE', 'FASTRTPS_DEFAULT_PROFILES_FILE'):
        path = os.environ.get(variable)
        if path and Path(path).is_file():
            return _profile(path)
        if path:
            return Finding(FAILED, f'{variable}={path} does not exist', 'correct or unset it')
    mend = (
        'best-effort raw images may be lost; give `--local`, or set '
        'FASTRTPS_DEFAULT_PROFILES_FILE to config/fastdds_local.xml (read its head first)'
    )
    return Finding(WARNING, 'no Fast DDS profile set', mend)


def _profile(path: str) -> Finding:
    """Fast DDS only logs that it cannot read a profile, and goes on without."""
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        return Finding(FAILED, f'{path} is no XML: {error}', 'correct it or unset the variable')
    if not any('transport_descriptor' in element.tag for element in root.iter()):
        mend = 'raw images may be lost; see config/fastdds_local.xml for what is needed'
        return Finding(WARNING, f'{path} defines no transport', mend)
    return Finding(PASSED, path)


def discovery() -> Finding:
    domain = os.environ.get('ROS_DOMAIN_ID', '0')
    if not domain.isdecimal() or int(domain) > LARGEST_SAFE_DOMAIN:
        mend = f'set ROS_DOMAIN_ID to a whole number from 0 to {LARGEST_SAFE_DOMAIN}'
        return Finding(FAILED, f'ROS_DOMAIN_ID={domain}', mend)
    reach = os.environ.get('ROS_AUTOMATIC_DISCOVERY_RANGE', '')
    found = f'domain {domain}, range {reach or "SUBNET (default)"}'
    server = os.environ.get('ROS_DISCOVERY_SERVER')
    if server:
        mend = (
            'participants meet only through that server, and tools see topics only as its super '
            'clients; unset it in every terminal if it is not meant'
        )
        return Finding(WARNING, f'{found}, ROS_DISCOVERY_SERVER={server}', mend)
    if os.environ.get('ROS_LOCALHOST_ONLY') == '1' and not reach:
        mend = 'since Iron only ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST is sure to be obeyed'
        return Finding(WARNING, f'{found}, ROS_LOCALHOST_ONLY=1', mend)
    return Finding(PASSED, found)


def shared_memory() -> Finding:
    try:
        free_mb = shutil.disk_usage('/dev/shm').free / 2**20
    except OSError as error:
        return Finding(WARNING, f'/dev/shm: {error}', 'images will travel by UDP and may be lost')
    if free_mb < WANTED_SHARED_MEMORY_MB:
        mend = (
            f'at least {WANTED_SHARED_MEMORY_MB} MB are wanted for images: in a container, start '
            'it with --shm-size=256m; after killed nodes, delete /dev/shm/fastrtps_*'
        )
        return Finding(WARNING, f'{free_mb:.0f} MB free in /dev/shm', mend)
    return Finding(PASSED, f'{free_mb:.0f} MB free in /dev/shm')


NETWORK_CHECKS: dict[str, Callable[[], Finding]] = {
    'DDS profile': dds_profile,
    'discovery': discovery,
    'shared memory': shared_memory,
}
