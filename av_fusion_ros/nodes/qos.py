# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The QoS profile of each topic of the table."""

from __future__ import annotations

from rclpy.qos import (
    DurabilityPolicy,
    HistoryPolicy,
    QoSProfile,
    ReliabilityPolicy,
    qos_policy_name_from_kind,
)
from rclpy.qos_overriding_options import QoSOverridingOptions

from av_fusion_ros.nodes.graph import SENSOR, STATE, Topic


def profile(topic: Topic) -> QoSProfile:
    """Return the profile of ``topic``: sensors best effort, states latched, the rest reliable."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=topic.depth,
        reliability=(
            ReliabilityPolicy.BEST_EFFORT if topic.qos == SENSOR else ReliabilityPolicy.RELIABLE
        ),
        durability=(
            DurabilityPolicy.TRANSIENT_LOCAL if topic.qos == STATE else DurabilityPolicy.VOLATILE
        ),
    )


def source_profile(topic: Topic) -> QoSProfile:
    """Return the profile of a source of ours: reliable, so that any receiver is compatible."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST, depth=topic.depth, reliability=ReliabilityPolicy.RELIABLE
    )


def overridable() -> QoSOverridingOptions:
    """Return the option that lets parameters override history, depth and reliability."""
    return QoSOverridingOptions.with_default_policies()


def policy_name(policy_kind: int) -> str:
    """Return the name of an incompatible policy as people write it: reliability, durability."""
    return str(qos_policy_name_from_kind(policy_kind)).removesuffix('_QOS_POLICY').lower()
