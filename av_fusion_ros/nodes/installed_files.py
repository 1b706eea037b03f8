# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Files of this package: beside the checkout's package, else in the installed share folder."""

from __future__ import annotations

from pathlib import Path

PACKAGE = 'av_fusion_ros'
MODEL = 'models/av_fusion.safetensors'


class InstalledFileError(ValueError):
    """A file that the package installs is not there."""


def package_file(relative: str) -> Path:
    """Return the path of ``config/fusion.yaml`` and the like; raises InstalledFileError."""
    checkout = Path(__file__).resolve().parents[2] / relative
    if checkout.exists():
        return checkout
    from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

    try:
        installed = Path(get_package_share_directory(PACKAGE)) / relative
    except PackageNotFoundError as error:
        raise InstalledFileError(
            f'{PACKAGE} is not in AMENT_PREFIX_PATH; source its setup file, or run `make setup`'
        ) from error
    if not installed.exists():
        raise InstalledFileError(f'{installed} is missing; install {PACKAGE} again')
    return installed


def shipped_model() -> Path:
    """Return the checkpoint that the package installs; raises InstalledFileError."""
    return package_file(MODEL)
