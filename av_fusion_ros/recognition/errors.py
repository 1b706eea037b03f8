# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What recognition raises."""


class RecognitionError(ValueError):
    """Input or a setting that recognition cannot work with; the message says what to do."""


class VocabularyError(RecognitionError):
    """A command file that cannot be used: missing, malformed or not pronounceable."""
