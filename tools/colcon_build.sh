#!/usr/bin/env bash
# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# Build this checkout as a ROS 2 workspace does, with colcon, under the folder given:
#
#   tools/colcon_build.sh FOLDER      then: source FOLDER/install/setup.bash
#
# ROS 2 is the one that is sourced, else the wheels in .venv. No argument is needed for either:
# what the wheels need is in cmake/ros_wheels.cmake.
set -euo pipefail
[ $# = 1 ] || { echo "usage: tools/colcon_build.sh FOLDER" >&2; exit 2; }
folder=$(realpath -m "$1")
cd "$(dirname "$0")/.."
source tools/environment.sh
command -v colcon >/dev/null || {
  echo "colcon is not installed: run \`make setup\`, or apt-get install python3-colcon-common-extensions" >&2
  exit 1
}
mkdir -p "$folder"
exec colcon --log-base "$folder/log" build \
  --base-paths . --packages-select av_fusion_ros \
  --build-base "$folder/build" --install-base "$folder/install" \
  --event-handlers console_cohesion- summary+ \
  --cmake-args -DBUILD_TESTING=OFF -DPython3_EXECUTABLE="$(command -v python3)"
