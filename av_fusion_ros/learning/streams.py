# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Clips heard one after another with carried state, as a robot hears them, not one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import nan

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from av_fusion_ros.learning.batches import Batch, ExampleMaker, stack
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.labels import HOP_S
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.recognition.audio_encoder import SPAN_SAMPLES, STEP_SAMPLES
from av_fusion_ros.recognition.confidence import Evidence
from av_fusion_ros.recognition.decoder import DecoderSettings, StreamingDecoder
from av_fusion_ros.recognition.grammar import Grammar
from av_fusion_ros.recognition.quiet import is_quiet
from av_fusion_ros.recognition.snr_estimate import SnrEstimator
from av_fusion_ros.recognition.utterance import Utterance, evidence_of
from av_fusion_ros.signals.voice_activity import VoiceActivity

PAUSE_HOPS = 13  # about half a second between clips
SENSES = {'audio': (True, False), 'visual': (False, True), 'fused': (True, True)}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said, from hop ``first`` to hop ``last``; ``end`` exactly, in hops."""

    text: str
    first: int
    last: int
    end: float = nan


@dataclass(slots=True)
class Lane:
    """One stream: what was said, and what the network made of it hop by hop."""

    spoken: list[Spoken] = field(default_factory=list)
    log_probs: list[NDArray[np.float32]] = field(default_factory=list)  # each (n, classes)
    quiet: list[NDArray[np.bool_]] = field(default_factory=list)  # each (n,): no speech heard

    @property
    def hours(self) -> float:
        """How long the stream is."""
        return sum(map(len, self.log_probs)) * HOP_S / 3600


@dataclass(frozen=True, slots=True)
class Spotted:
    """One utterance that the decoder found in a stream, and what was really said there, if any."""

    heard: str
    spoken: Spoken | None
    evidence: Evidence
    decided: int  # the hop with which it was answered

    @property
    def right(self) -> bool:
        """Whether exactly this was said there."""
        return self.spoken is not None and self.heard == self.spoken.text

    @property
    def within(self) -> bool:
        """Whether this was said there, alone or within a longer sentence.

        "place red at c nine" is a command of its own and begins some GRID sentences.
        """
        return self.spoken is not None and f' {self.heard} ' in f' {self.spoken.text} '


class Voice:
    """Voice activity of one stream, a clip at a time, as the audio encoder hears it."""

    def __init__(self) -> None:
        self._activity = VoiceActivity()
        self._heard = 0  # samples of the present clip that were heard with the one before

    def quiet(
        self, samples: NDArray[np.float32], snr_db: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        """Whether each of the n hops of a clip's ``samples`` is silence; ``snr_db`` (n,)."""
        found = np.zeros(len(snr_db), np.bool_)
        for hop, estimate in enumerate(snr_db):
            end = hop * STEP_SAMPLES + SPAN_SAMPLES
            probability = self._activity.push(samples[self._heard : end])
            found[hop] = is_quiet(probability, float(estimate))
            self._heard = end
        self._heard = SPAN_SAMPLES - STEP_SAMPLES
        return found


def lanes_of(clips: Sequence[Clip], n_lanes: int, seed: int) -> list[list[Clip]]:
    """The clips in random order, dealt to ``n_lanes`` lanes of equal length; a rest is left out."""
    order = np.random.default_rng(seed).permutation(len(clips))
    length = len(clips) // n_lanes
    return [
        [clips[i] for i in order[lane * length : (lane + 1) * length]] for lane in range(n_lanes)
    ]


@torch.inference_mode()
def run_lanes(
    network: AVNetwork,
    maker: ExampleMaker,
    lanes: Sequence[Sequence[Clip]],
    snr_db: float | None,
    seed: int,
    senses: Sequence[str] = tuple(SENSES),
    picture: str = 'good',
    snr: SnrEstimator | None = None,
) -> dict[str, list[Lane]]:
    """Every lane as heard by each of ``senses``; the pause after a clip is in ``maker.n_hops``.

    Without ``snr`` the network's own head estimates the SNR.
    """
    rng = np.random.default_rng(seed)
    n = len(lanes)
    out = {name: [Lane() for _ in lanes] for name in senses}
    audio, visual = network.audio.initial_state(n), network.visual.initial_state(n)
    fusion = {name: network.fusion_state(n) for name in senses}
    voices = [Voice() for _ in lanes]
    past = None if snr is None else snr.initial_state(n)
    for place, clips in enumerate(zip(*lanes, strict=True)):
        examples = [maker.make_plain(rng, clip, snr_db, picture) for clip in clips]
        batch = stack(examples)
        heard, audio = network.audio(batch.mel, audio)
        seen, visual = network.visual(batch.crops, visual)
        if snr is None or past is None:
            estimate = network.snr_db(heard)
        else:
            found, past = snr.estimate(heard.numpy(), batch.mel.numpy(), past)
            estimate = torch.from_numpy(found)
        quality = batch.camera_quality[:, None].expand(batch.seen.shape)
        evidence = torch.stack((estimate / 10, quality, quality), 2)
        quiet = [
            voice.quiet(example.samples, 10 * snr)
            for voice, example, snr in zip(voices, examples, evidence[..., 0].numpy(), strict=True)
        ]
        for name in senses:
            log_probs, _, _, fusion[name] = network.fuse(
                torch.stack((heard, seen, seen), 2),
                _present(batch, *SENSES[name]),
                evidence,
                fusion[name],
            )
            for index, (lane, clip) in enumerate(zip(out[name], clips, strict=True)):
                lane.log_probs.append(log_probs[index].numpy())
                lane.quiet.append(quiet[index] & SENSES[name][0])
                lane.spoken += _spoken(clip, place * maker.n_hops)
    return out


def _present(batch: Batch, ear: bool, eye: bool) -> Tensor:
    return torch.stack((batch.heard & ear, batch.seen & eye, torch.zeros_like(batch.seen)), 2)


def _spoken(clip: Clip, first_hop: int) -> list[Spoken]:
    if not clip.words:
        return []
    start, end = clip.words[0].start_s / HOP_S, clip.words[-1].end_s / HOP_S
    return [Spoken(clip.text, first_hop + int(start), first_hop + int(end), first_hop + end)]


def spot(
    grammar: Grammar,
    lane: Lane,
    delay_s: float,
    settings: DecoderSettings | None = None,
    is_sure: Callable[[Utterance], bool] | None = None,
) -> Iterator[Spotted]:
    """Every utterance found in a lane, whatever its confidence.

    ``delay_s`` is the network's answer delay, by which hops of an utterance are put back;
    ``settings`` and ``is_sure`` are the decoder's.
    """
    decoder = StreamingDecoder(grammar, settings, is_sure)
    delay = round(delay_s / HOP_S)
    hops = zip(np.concatenate(lane.log_probs), np.concatenate(lane.quiet), strict=True)
    for hop_log_probs, quiet in hops:
        utterance = decoder.push(hop_log_probs, bool(quiet))
        if utterance is None:
            continue
        first, last = utterance.start - delay, utterance.end - delay
        yield Spotted(
            utterance.readings[0].text,
            spoken_between(lane.spoken, first, last),
            evidence_of(utterance),
            utterance.decided,
        )


def spoken_between(spoken: Sequence[Spoken], first: int, last: int) -> Spoken | None:
    """What was said for at least half of hops ``first`` to ``last``."""

    def shared(one: Spoken) -> int:
        return min(last, one.last) - max(first, one.first) + 1

    most = max(spoken, key=shared, default=None)
    return most if most is not None and shared(most) >= (last - first + 1) / 2 else None
