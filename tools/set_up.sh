#!/usr/bin/env bash
# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
#
# Set up everything the package needs in a virtual environment inside the checkout.
#
#   tools/set_up.sh dependencies   Debian packages, environment, torch, all else
#   tools/set_up.sh package        build and install the package itself, messages included
#
# Environment, all optional: VENV, PYTHON, TORCH_PIP_ARGS (see README.md). Run by the Makefile,
# which calls each step only when something it depends on has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=$(realpath -m "${VENV:-.venv}")
PYTHON=${PYTHON:-python3}
TORCH_PIP_ARGS=${TORCH_PIP_ARGS:-}
pip=("$VENV/bin/python" -m pip --disable-pip-version-check)

say() { printf '== %s\n' "$*"; }

fail() {
  printf '\nset-up: %s\n' "$*" >&2
  exit 1
}

ros_is_sourced() { [ -n "${ROS_DISTRO:-}" ]; }

check_ros() {
  ros_is_sourced || return 0
  local reason
  reason=$("$PYTHON" -c 'import rclpy' 2>&1) || fail "ROS 2 $ROS_DISTRO is sourced, but" \
    "$PYTHON cannot import its rclpy (${reason##*$'\n'}). Name the Python that ROS 2 was built" \
    "for, make setup PYTHON=/usr/bin/python3, or use a shell without ROS 2 to get the wheels."
}

# Debian packages only for what PyPI cannot give: the compiler and headers that the messages
# are built with, the module that makes virtual environments, and the speech synthesiser.
missing_debian_packages() {
  command -v "$PYTHON" >/dev/null || echo python3
  "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  "$PYTHON" -c 'import os, sysconfig, sys
sys.exit(not os.path.isfile(sysconfig.get_path("include") + "/Python.h"))' 2>/dev/null ||
    echo python3-dev
  command -v gcc >/dev/null || echo gcc
  command -v g++ >/dev/null || echo g++
  if ros_is_sourced; then command -v cmake >/dev/null || echo cmake; fi
  command -v espeak-ng >/dev/null || echo espeak-ng
}

install_debian_packages() {
  local missing
  mapfile -t missing < <(missing_debian_packages)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "Debian packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    local install=(apt-get install -y -q --no-install-recommends "${missing[@]}")
    "${install[@]}" </dev/null >/dev/null 2>&1 ||
      { apt-get update -q </dev/null >/dev/null && "${install[@]}" </dev/null >/dev/null; } ||
      say "apt-get failed"
    mapfile -t missing < <(missing_debian_packages)
  fi
  if [ "${missing[*]}" = espeak-ng ]; then
    say "espeak-ng is not installed: the demo, \`av-fusion generate\` and \`av-fusion train\` will" \
      "not work, their tests are skipped. Mend it: sudo apt-get install espeak-ng"
  elif [ ${#missing[@]} -gt 0 ]; then
    fail "missing: ${missing[*]}. Install them, then call this again:" \
      "sudo apt-get install ${missing[*]}"
  fi
}

check_python() {
  "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "$PYTHON is older than 3.10; name a newer one: make setup PYTHON=python3.11"
}

make_environment() {
  [ -x "$VENV/bin/python" ] && return
  if ros_is_sourced; then
    say "Environment $VENV on top of ROS 2 $ROS_DISTRO"
    "$PYTHON" -m venv --system-site-packages "$VENV"
  else
    say "Environment $VENV (no ROS 2 is sourced: it comes from Python wheels)"
    "$PYTHON" -m venv "$VENV"
  fi
}

effective_constraints() {
  local mode=pin
  ! ros_is_sourced || mode=keep
  "$VENV/bin/python" tools/effective_constraints.py constraints.txt $mode \
    >"$VENV/constraints.txt"
}

# The pin of one package of constraints.txt, as name==version.
pinned() { grep -m1 -o "^$1==[^ ;]*" constraints.txt; }

install_torch() {
  if ! "$VENV/bin/python" -c 'import torch' 2>/dev/null; then
    say "torch (the largest part)"
    # shellcheck disable=SC2086 # several arguments
    "${pip[@]}" install -q -c "$VENV/constraints.txt" $TORCH_PIP_ARGS "$(pinned torch)"
    effective_constraints
  fi
  say "torchaudio"
  "${pip[@]}" install -q --no-deps "$(pinned torchaudio)"
  "$VENV/bin/python" tools/torchaudio_on_cpu.py
}

install_dependencies() {
  local wanted=(runtime train devices test)
  "${pip[@]}" install -q "$(pinned pip)" "$(pinned setuptools)" "$(pinned wheel)"
  effective_constraints
  install_torch
  if ros_is_sourced; then
    say "All else, except what ROS 2 $ROS_DISTRO has"
    # OpenCV's wheel asks for numpy 2, but works with the 1.26 that ROS 2 may have been built with.
    "${pip[@]}" install -q --no-deps "$(pinned opencv-python-headless)"
  else
    say "ROS 2 and all else, as wheels"
    wanted+=(build wheels)
  fi
  "$VENV/bin/python" tools/requirements.py "${wanted[@]}" >"$VENV/requirements.txt"
  ! ros_is_sourced || sed -i '/^opencv-python-headless/d' "$VENV/requirements.txt"
  "${pip[@]}" install -q -c "$VENV/constraints.txt" -r "$VENV/requirements.txt"
}

dependencies() {
  install_debian_packages
  check_python
  check_ros
  make_environment
  install_dependencies
  "$VENV/bin/python" tools/fetch_face_weights.py
}

# Needs no network: everything the build uses is installed by now.
package() {
  say "The package and its messages"
  PATH="$VENV/bin:$PATH" "${pip[@]}" install -q --no-index --no-deps \
    --no-build-isolation --force-reinstall .
}

case "${1:-}" in
  dependencies | package) "$1" ;;
  *) fail "usage: tools/set_up.sh dependencies|package" ;;
esac
