# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Run by test_launch: launches a file with NAME:=VALUE arguments until interrupted."""

import sys

from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource

if __name__ == '__main__':
    given = [tuple(argument.split(':=', 1)) for argument in sys.argv[2:]]
    service = LaunchService()
    service.include_launch_description(
        LaunchDescription(
            [
                IncludeLaunchDescription(
                    PythonLaunchDescriptionSource(sys.argv[1]), launch_arguments=given
                )
            ]
        )
    )
    raise SystemExit(service.run())
