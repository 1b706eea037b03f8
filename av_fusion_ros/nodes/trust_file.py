# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The file of stations that are believed, and their public keys.

stations:
  - station_id: rsu-1
    key_id: 2026-a
    public_key: 64 hexadecimal digits
    not_before: 2026-01-01T00:00:00Z   # optional
    not_after: 2027-01-01T00:00:00Z    # optional
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from av_fusion_ros.recognition.features import NS_PER_S
from av_fusion_ros.recognition.v2x_admission import TrustedKey, TrustList, parse_public_key

NEEDED = {'station_id', 'key_id', 'public_key'}
ACCEPTED = NEEDED | {'not_before', 'not_after'}


class TrustFileError(ValueError):
    """A trust file cannot be used."""


def load_trust_file(path: Path) -> TrustList:
    """Return the keys by station and key id; raises TrustFileError naming file and entry."""
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise TrustFileError(f'cannot read the trust file {path}: {error}') from error
    stations = content.get('stations') if isinstance(content, dict) else None
    if not isinstance(stations, list):
        raise TrustFileError(f'{path} must hold "stations:", a list; see docs/v2x.md')
    trusted: dict[tuple[str, str], TrustedKey] = {}
    for number, entry in enumerate(stations, start=1):
        where = f'{path}, station {number}'
        given = set(entry) if isinstance(entry, dict) else set()
        if not NEEDED <= given <= ACCEPTED:
            raise TrustFileError(
                f'{where} must be a mapping with {", ".join(sorted(NEEDED))} and, optionally, '
                'not_before and not_after'
            )
        name = (str(entry['station_id']), str(entry['key_id']))
        if name in trusted:
            raise TrustFileError(f'{where}: {name[0]} has two keys called {name[1]}')
        try:
            trusted[name] = TrustedKey(
                parse_public_key(str(entry['public_key'])),
                _time_ns(entry.get('not_before')),
                _time_ns(entry.get('not_after')),
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
