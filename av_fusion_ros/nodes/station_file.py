# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The file that makes a visual encoder a roadside unit: who it is and how it signs.

station_id: rsu-1
key_id: 2026-a
private_key_file: rsu-1.pem   # Ed25519, PEM without a passphrase; relative to this file
position: [12.5, -3.0, 4.0]   # optional: metres in the map frame
send: features                # optional: features (default) or frames
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

import yaml
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from av_fusion_ros.nodes.trust_file import parse_position
from av_fusion_ros.recognition.v2x_unit import UnitIdentity
from av_fusion_ros.recognition.yaml_text import parsed_yaml

NEEDED = {'station_id', 'key_id', 'private_key_file'}
OPTIONAL = {'position', 'send'}
FEATURES, FRAMES = KINDS = ('features', 'frames')


class StationFileError(ValueError):
    """A station file, or the key it names, cannot be used."""


@dataclass(frozen=True, slots=True)
class StationFile:
    """What the file says; ``sends_frames`` is False for features."""

    identity: UnitIdentity
    sends_frames: bool = False


def load_station_file(path: Path) -> StationFile:
    """Read the file and its key; raises StationFileError naming the file."""
    try:
        content = parsed_yaml(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StationFileError(f'cannot read the station file {path}: {error}') from error
    given = set(content) if isinstance(content, dict) else set()
    if not NEEDED <= given <= NEEDED | OPTIONAL:
        raise StationFileError(
            f'{path} must be a mapping with {", ".join(sorted(NEEDED))} and, optionally, '
            f'{", ".join(sorted(OPTIONAL))}; see docs/v2x.md'
        )
    send = content.get('send', FEATURES)
    if send not in KINDS:
        raise StationFileError(f'{path}: send is {send!r}; accepted: {" | ".join(KINDS)}')
    try:
        identity = UnitIdentity(
            str(content['station_id']),
            str(content['key_id']),
            _private_key(path.parent / str(content['private_key_file'])),
            parse_position(content.get('position')) or (nan, nan, nan),
        )
    except ValueError as error:
        raise StationFileError(f'{path}: {error}') from error
    return StationFile(identity, send == FRAMES)


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key: Any = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise StationFileError(f'cannot read the private key {path}: {error}') from error
    if not isinstance(key, Ed25519PrivateKey):
        raise StationFileError(
            f'{path} holds no Ed25519 key; make one: openssl genpkey -algorithm ed25519 -out {path}'
        )
    return key
