# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Print constraints.txt as it applies to this interpreter.

What the environment already has keeps its version: the packages of a ROS 2 installation (its
compiled messages need the numpy they were built with) and the user's own build of torch. Every
other pin stands.

    python tools/effective_constraints.py constraints.txt keep|pin > effective.txt

`keep`: whatever is installed stays, but pip and setuptools. `pin`: only torch stays.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

ALWAYS_PINNED = ('pip', 'setuptools', 'wheel')


def installed_version(name: str) -> str:
    """The installed version without its local part; empty when it is not installed."""
    try:
        return metadata.version(name).partition('+')[0]
    except metadata.PackageNotFoundError:
        return ''


def effective(constraints: list[str], keep_all: bool) -> list[str]:
    """The constraints with the pins of packages that stay replaced by what is there."""
    lines = []
    for line in constraints:
        found = re.match(r'([A-Za-z0-9_.-]+)==', line)
        if found is None:
            continue
        name = found[1]
        may_stay = name == 'torch' or (keep_all and name not in ALWAYS_PINNED)
        stays = installed_version(name) if may_stay else ''
        lines.append(f'{name}=={stays}' if stays else line)
    return lines


def main() -> int:
    path, mode = sys.argv[1:]
    lines = Path(path).read_text(encoding='utf-8').splitlines()
    print('\n'.join(effective(lines, keep_all=mode == 'keep')))
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
