# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# Source this to use the set-up environment in your shell: `source tools/environment.sh`.
# It is what install/setup.bash is after `colcon build`.
_av_fusion_checkout=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)
_av_fusion_venv=$(realpath -m "${VENV:-$_av_fusion_checkout/.venv}")
export PATH="$_av_fusion_venv/bin:$PATH"
export AMENT_PREFIX_PATH="$_av_fusion_venv${AMENT_PREFIX_PATH:+:$AMENT_PREFIX_PATH}"
if [ -n "${ROS_DISTRO:-}" ]; then
  # A ROS 2 installation finds message libraries by this path; the wheels find them themselves.
  export LD_LIBRARY_PATH="$_av_fusion_venv/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
unset _av_fusion_venv _av_fusion_checkout
