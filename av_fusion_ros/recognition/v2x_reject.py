# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Why a roadside message is not admitted."""

from __future__ import annotations

from enum import Enum


class Reject(Enum):
    """Why a message was not admitted."""

    MALFORMED = 'malformed'  # a field outside its range, or content and fields disagree
    UNKNOWN_STATION = 'unknown_station'  # station or key not in the trust list
    KEY_EXPIRED = 'key_expired'
    KEY_NOT_YET_VALID = 'key_not_yet_valid'
    TOO_OLD = 'too_old'
    FROM_FUTURE = 'from_future'
    REPLAYED = 'replayed'  # seen already, or sequence and generation time contradict each other
    RATE_LIMITED = 'rate_limited'  # more views, or more false signatures, than a station may send
    BAD_SIGNATURE = 'bad_signature'
    WRONG_MODEL = 'wrong_model'  # features of another checkpoint
    IMPLAUSIBLE = 'implausible'  # the station moved, or is too far away to see us
    UNSUPPORTED = 'unsupported'  # a frame, where only features are taken
    BAD_FRAME = 'bad_frame'  # no baseline JPEG, damaged, or too large
