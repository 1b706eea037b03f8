# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Print what the package requires, one requirement a line, for `pip install -r`.

    python tools/requirements.py build runtime test ...

`build` is pyproject.toml's list, `runtime` setup.py's install_requires, any other word one of
its extras. So everything is resolved at once, and building the package later, whenever a message
has changed, needs no network. (Both lists are Python literals: 3.10 cannot read TOML itself.)
"""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LISTS = ('install_requires', 'extras_require')


def build_requirements() -> list[str]:
    text = (ROOT / 'pyproject.toml').read_text(encoding='utf-8')
    found = re.search(r'^requires = (\[.*?^\])', text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise SystemExit('pyproject.toml: no list `requires` under [build-system]')
    return list(ast.literal_eval(found[1]))


def requirements() -> dict[str, list[str]]:
    """Every list of requirements, by its name."""
    tree = ast.parse((ROOT / 'setup.py').read_text(encoding='utf-8'))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, 'id', '') == 'setup':
            given = {k.arg: ast.literal_eval(k.value) for k in node.keywords if k.arg in LISTS}
            return {
                'build': build_requirements(),
                'runtime': given['install_requires'],
                **given['extras_require'],
            }
    raise SystemExit('setup.py: no call of setup()')


def main() -> int:
    known = requirements()
    unknown = sorted(set(sys.argv[1:]) - set(known))
    if unknown:
        raise SystemExit(f'unknown: {", ".join(unknown)}; known: {", ".join(known)}')
    print('\n'.join(line for name in sys.argv[1:] for line in known[name]))
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
