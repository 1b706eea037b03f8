# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`python -m av_fusion_ros.cli`: the same as `av-fusion`."""

from av_fusion_ros.cli import main

raise SystemExit(main())
