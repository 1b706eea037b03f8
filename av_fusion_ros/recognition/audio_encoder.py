# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""16 kHz sound to audio features at 25 Hz, with carried state: in pieces as at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.affect import vocal_affect
from av_fusion_ros.recognition.backend import Backend
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.features import NS_PER_S, AudioFeature
from av_fusion_ros.recognition.site_correction import NO_CORRECTION, SiteCorrection
from av_fusion_ros.signals.automatic_gain import MAX_GAIN_DB, AutomaticGain
from av_fusion_ros.signals.log_mel import FRAME_SAMPLES, FRAMES_PER_HOP, HOP_SAMPLES, N_MELS, LogMel
from av_fusion_ros.signals.microphone_health import MicrophoneHealth
from av_fusion_ros.signals.microphone_quality import MicrophoneQuality, MicrophoneReading
from av_fusion_ros.signals.vocal_tone import VocalToneTracker
from av_fusion_ros.signals.voice_activity import VoiceActivity

STEP_SAMPLES = FRAMES_PER_HOP * HOP_SAMPLES  # new samples of each hop
SPAN_SAMPLES = STEP_SAMPLES - HOP_SAMPLES + FRAME_SAMPLES  # hop j sees [640 j, 640 j + 936)


@dataclass(frozen=True, slots=True, eq=False)
class _Hop:
    """The new samples of one hop, and by how much they are raised for the network."""

    chunk: NDArray[np.float32]
    gain_db: float
    lost: int
    stamp_ns: int
    speech_probability: float
    reading: MicrophoneReading

    def raised(self) -> NDArray[np.float32]:
        """As loud as the network hears it."""
        return self.chunk * np.float32(10 ** (self.gain_db / 20))

    def as_it_came(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        """The log-mel frames of this hop without the gain."""
        return mel - np.float32(self.gain_db * np.log(10) / 10)


class AudioEncoder:
    """Log-mel, audio stream, voice activity, SNR and microphone quality, hop by hop.

    ``gain`` raises what a quiet microphone hears for the network; level, clipping and health are of
    the sound as it came. ``correction`` is what the place has taught; another may be put in between
    two calls. ``on_mel`` is given the stamp and the uncorrected log-mel (4, 64) of each hop. Raises
    whatever the voice activity raises when its weights are missing.
    """

    def __init__(
        self,
        backend: Backend,
        spec: Specification,
        voice_activity: VoiceActivity | None = None,
        max_gain_db: float = MAX_GAIN_DB,
    ) -> None:
        self._backend = backend
        self._rate_hz = spec.sample_rate_hz
        self._log_mel = LogMel()
        self._voice_activity = voice_activity or VoiceActivity()
        self._microphone = MicrophoneQuality()
        self._health = MicrophoneHealth()
        self._tone = VocalToneTracker()
        self.gain = AutomaticGain(max_gain_db)
        self.correction: SiteCorrection = NO_CORRECTION
        self.on_mel: Callable[[int, NDArray[np.float32]], None] | None = None
        self.reset()

    def reset(self) -> None:
        """Forget everything heard; the next hop has sequence 0."""
        self._log_mel.reset()
        self._voice_activity.reset()
        self._microphone.reset()
        self._health.reset()
        self._tone.reset()
        self.gain.reset()
        self._state = self._backend.initial_state('audio')
        self._samples = np.zeros(0, np.float32)
        self._missing = np.zeros(0, np.bool_)
        self._sequence = 0

    def push(
        self,
        samples: NDArray[np.float32],
        end_stamp_ns: int,
        missing: NDArray[np.bool_] | None = None,
    ) -> list[AudioFeature]:
        """Features of the hops completed by ``samples`` (n,) in [-1, 1].

        ``end_stamp_ns`` is the capture time of the last sample; ``missing`` (n,) marks samples
        that never came and are silence instead. Raises RecognitionError for samples that are
        not finite; nothing is carried over from them.
        """
        samples = np.asarray(samples, np.float32)
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise RecognitionError(
                f'samples of shape {samples.shape} with NaN or infinity, or not one channel; '
                'finite numbers of shape (n,) are needed'
            )
        if missing is None:
            missing = np.zeros(len(samples), np.bool_)
        self._samples = np.concatenate([self._samples, samples])
        self._missing = np.concatenate([self._missing, missing])
        hops: list[_Hop] = []
        while len(self._samples) >= (n := STEP_SAMPLES if self._started(hops) else SPAN_SAMPLES):
            chunk, self._samples = self._samples[:n], self._samples[n:]
            lost, self._missing = int(self._missing[:n].sum()), self._missing[n:]
            later = len(self._samples)
            hops.append(
                self._hop(chunk, lost, end_stamp_ns - round(later * NS_PER_S / self._rate_hz))
            )
        if not hops:
            return []
        mel = self._log_mel.push(np.concatenate([hop.raised() for hop in hops]))
        tell = self.on_mel  # another thread may take it back meanwhile
        if tell is not None:
            for hop, frames in zip(hops, mel.reshape(len(hops), -1, N_MELS), strict=True):
                tell(hop.stamp_ns, frames)
        features, snr_db = self._encode(self.correction.corrected(mel))
        return [
            self._feature(hop, hop_mel, features[i], float(snr_db[i]))
            for i, (hop, hop_mel) in enumerate(zip(hops, np.split(mel, len(hops)), strict=True))
        ]

    def _started(self, hops: list[_Hop]) -> bool:
        return self._sequence > 0 or bool(hops)

    def _hop(self, chunk: NDArray[np.float32], lost: int, stamp_ns: int) -> _Hop:
        speech_probability = self._voice_activity.push(chunk)
        reading = self._microphone.push(chunk)
        length_s = len(chunk) / self._rate_hz
        gain_db = self.gain.push(reading.level_dbfs, speech_probability, length_s)
        return _Hop(chunk, gain_db, lost, stamp_ns, speech_probability, reading)

    def _encode(self, mel: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        features, snr_db, self._state = self._backend.hear(mel.T[None, None], self._state)
        return features[0], snr_db[0]

    def _speaking(
        self, voice_activity: float, embedding: NDArray[np.float32], snr_db: float
    ) -> float:
        readout = self._backend.speech
        if readout is None:
            return voice_activity
        return readout.judged(voice_activity, embedding, snr_db, not self.correction.nothing)

    def _feature(
        self, hop: _Hop, mel: NDArray[np.float32], embedding: NDArray[np.float32], snr_db: float
    ) -> AudioFeature:
        reading, speech_probability = hop.reading, hop.speech_probability
        health = self._health.push(hop.chunk, reading, hop.lost)
        new = hop.chunk[-STEP_SAMPLES:]
        tone = self._tone.push(new, hop.as_it_came(mel), speech_probability, snr_db)
        affect = vocal_affect(tone)
        sequence, self._sequence = self._sequence, self._sequence + 1
        return AudioFeature(
            start_ns=hop.stamp_ns - round((SPAN_SAMPLES - 1) * NS_PER_S / self._rate_hz),
            stamp_ns=hop.stamp_ns,
            sequence=sequence,
            embedding=embedding,
            # Not by the health's DEAD: between two sentences a quiet room looks like a noise floor.
            quality=reading.quality * (1 - hop.lost / len(hop.chunk)),
            speech_probability=self._speaking(speech_probability, embedding, snr_db),
            snr_db=snr_db,
            level_dbfs=reading.level_dbfs,
            clipped_fraction=reading.clipped_fraction,
            arousal=affect.arousal,
            anger=affect.anger,
            valence=affect.valence,
            missing_samples=hop.lost,
            health=int(health.condition),
            health_scores=health.scores,
        )
