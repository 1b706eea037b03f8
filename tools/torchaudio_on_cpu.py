# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Make torchaudio importable beside a CPU build of torch.

The Linux wheel of torchaudio carries extension libraries linked against CUDA. torchaudio loads
them whenever it finds them, and fails where there is no CUDA; without them it imports and every
transform written in Python (spectrograms, mel, resampling, augmentation) works. So where, and
only where, `import torchaudio` fails on them, they are renamed to `*.so.needs-cuda`. Installing
torchaudio again brings them back.

Run by the set-up with the interpreter whose torchaudio is meant. Exit status 0: importable.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path


def importable() -> bool:
    """Whether a fresh interpreter can import torchaudio."""
    tried = subprocess.run(
        [sys.executable, '-c', 'import torchaudio'], capture_output=True, check=False
    )
    return tried.returncode == 0


def move_extensions_aside() -> list[Path]:
    """Rename torchaudio's compiled extensions; returns the files moved, by their old names."""
    spec = importlib.util.find_spec('torchaudio')
    if spec is None or spec.origin is None:
        raise SystemExit('torchaudio is not installed in this environment; run `make setup`')
    extensions = sorted(Path(spec.origin).parent.rglob('*.so'))
    for extension in extensions:
        extension.rename(extension.with_name(extension.name + '.needs-cuda'))
    return extensions


def main() -> int:
    if importable():
        return 0
    moved = move_extensions_aside()
    if importable():
        print(f'torchaudio: {len(moved)} extension libraries that need CUDA moved aside')
        return 0
    print(
        'torchaudio still cannot be imported; see `python -c "import torchaudio"`',
        file=sys.stderr,
    )
    return 1


if __name__ == '__main__':
    raise SystemExit(main())
