# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The file of stations that are believed, and their public keys.

stations:
  - station_id: rsu-1
    key_id: 2026-a
    public_key: 64 hexadecimal digits
    not_before: 2026-01-01T00:00:00Z   # optional
    not_after: 2027-01-01T00:00:00Z    # optional
    position: [12.5, -3.0, 4.0]        # optional: surveyed, metres in the map frame
    its_station_id: 4711               # optional: its number in ETSI ITS messages
"""

from __future__ import annotations

from datetime import datetime, timezone
from math import isfinite
from pathlib import Path
from typing import Any

import yaml

from av_fusion_ros.recognition.features import NS_PER_S
from av_fusion_ros.recognition.v2x_place import Place
from av_fusion_ros.recognition.v2x_schema import is_name
from av_fusion_ros.recognition.v2x_trust import TrustedKey, TrustList, parse_public_key
from av_fusion_ros.recognition.yaml_text import parsed_yaml

NEEDED = {'station_id', 'key_id', 'public_key'}
OPTIONAL = {'not_before', 'not_after', 'position', 'its_station_id'}


class TrustFileError(ValueError):
    """A trust file cannot be used."""


def load_trust_file(path: Path) -> TrustList:
    """Return the keys by station and key id; raises TrustFileError naming file and entry."""
    try:
        content = parsed_yaml(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrustFileError(f'cannot read the trust file {path}: {error}') from error
    stations = content.get('stations') if isinstance(content, dict) else None
    if not isinstance(stations, list):
        raise TrustFileError(f'{path} must hold "stations:", a list; see docs/v2x.md')
    trusted: dict[tuple[str, str], TrustedKey] = {}
    for number, entry in enumerate(stations, start=1):
        where = f'{path}, station {number}'
        given = set(entry) if isinstance(entry, dict) else set()
        if not NEEDED <= given <= NEEDED | OPTIONAL:
            raise TrustFileError(
                f'{where} must be a mapping with {", ".join(sorted(NEEDED))} and, optionally, '
                f'{", ".join(sorted(OPTIONAL))}'
            )
        name = (str(entry['station_id']), str(entry['key_id']))
        if not all(is_name(text) for text in name):
            raise TrustFileError(
                f'{where}: {name} must be 1 to 64 characters A-Z a-z 0-9 _ . - each; quote numbers'
            )
        if name in trusted:
            raise TrustFileError(f'{where}: {name[0]} has two keys called {name[1]}')
        try:
            trusted[name] = TrustedKey(
                parse_public_key(str(entry['public_key'])),
                _time_ns(entry.get('not_before')),
                _time_ns(entry.get('not_after')),
                parse_position(entry.get('position')),
                _its_id(entry.get('its_station_id')),
            )
        except ValueError as error:
            raise TrustFileError(f'{where}: {error}') from error
    return trusted


def _time_ns(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace('Z', '+00:00'))
    if not isinstance(value, datetime):
        raise ValueError(f'{value!r} is no time; write 2026-01-01T00:00:00Z')
    if value.tzinfo is None:
        value = value.replace(tzinfo=timezone.utc)
    return int(value.timestamp()) * NS_PER_S


def parse_position(value: Any) -> Place | None:
    """Return [x, y, z] in metres of a YAML file, None for none; raises ValueError."""
    if value is None:
        return None
    numbers = isinstance(value, list) and all(type(metres) in (int, float) for metres in value)
    if not numbers or len(value) != 3 or not all(_is_length(metres) for metres in value):
        raise ValueError(f'{value!r} is no position; write [x, y, z] in metres')
    x, y, z = map(float, value)
    return x, y, z


def _is_length(metres: float) -> bool:
    try:
        return isfinite(metres)
    except OverflowError:  # an integer of hundreds of digits
        return False


def _its_id(value: Any) -> int | None:
    if value is not None and not (type(value) is int and 0 <= value < 1 << 32):
        raise ValueError(f'{value!r} is no ITS station id; write a number from 0 to 4294967295')
    return value
