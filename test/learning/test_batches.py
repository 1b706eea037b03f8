# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Examples keep words, sound and picture on one clock, and the loss can be learned from."""

import numpy as np
import pytest
import torch

from av_fusion_ros.learning import labels
from av_fusion_ros.learning.batches import ExampleMaker, stack, training_batches
from av_fusion_ros.learning.corpus import Clip, Word
from av_fusion_ros.learning.mixing import NoiseSource
from av_fusion_ros.learning.objective import LossWeights, phoneme_losses, restrict
from av_fusion_ros.learning.training import TrainableNetwork, TrainingSettings, learning_rate_at
from av_fusion_ros.learning.validation import best_path, edit_distance, phoneme_error_rates
from av_fusion_ros.model.phonemes import BLANK, CLASS_OF
from av_fusion_ros.model.specification import Specification

SPEC = Specification(feature_size=32, latent_size=8, visual_channels=(4, 4, 8, 8))
PRONOUNCE = {'go': ['G', 'OW'], 'left': ['L', 'EH', 'F', 'T']}.__getitem__


def clip(seed=0, n_hops=75):
    """A clip in which sound and picture both jump while words are spoken."""
    rng = np.random.default_rng(seed)
    words = (Word('go', 0.8, 1.0), Word('left', 1.2, 1.6))
    samples = rng.normal(0, 30, n_hops * 640)
    crops = np.full((n_hops, 64, 64), 60, np.uint8)
    for word in words:
        at = slice(int(word.start_s * 16000), int(word.end_s * 16000))
        samples[at] += rng.normal(0, 6000, at.stop - at.start)
        crops[int(word.start_s * 25) : int(word.end_s * 25), 20:44, 20:44] = 200
    return Clip(
        'c', 's', samples.astype(np.int16), words, crops, np.ones(n_hops, bool), source='grid'
    )


def maker():
    return ExampleMaker(SPEC, PRONOUNCE, NoiseSource([], []), 75)


def test_the_plain_example_says_each_phoneme_when_it_was_spoken_plus_the_delay():
    example = maker().make_plain(np.random.default_rng(0), clip(), None)
    assert example.targets == [CLASS_OF[p] for p in ('G', 'OW', 'L', 'EH', 'F', 'T')]
    spoken = np.flatnonzero(example.per_hop)
    first_s = spoken[0] * labels.HOP_S
    assert first_s == pytest.approx(0.8 + SPEC.answer_delay_s, abs=labels.HOP_S)
    assert set(example.per_hop[spoken]) == set(example.targets)


def test_sound_and_picture_and_labels_shift_together():
    rng = np.random.default_rng(1)
    starts = set()
    for _ in range(30):
        example = maker().make(rng, clip())
        if example.snr_db < 10 or not example.video_clean:
            continue
        word_hop = int(np.flatnonzero(example.per_hop)[0]) - round(SPEC.answer_delay_s / 0.04)
        starts.add(word_hop)
        if not 3 < word_hop < 60:
            continue
        spoken = example.per_hop[3:] > 0  # named 0.12 s after it was spoken
        loudness = example.mel.mean(0).reshape(-1, 4).mean(1)[: len(spoken)]
        assert np.corrcoef(spoken, loudness)[0, 1] > 0.3
        light = example.crops[: len(spoken), 16:32, 16:32].mean((1, 2))
        assert np.corrcoef(spoken, light)[0, 1] > 0.3
    assert len(starts) > 2


def test_a_phoneme_may_be_named_only_about_when_its_word_was_spoken():
    example = maker().make_plain(np.random.default_rng(0), clip(), None)
    go, left = CLASS_OF['G'], CLASS_OF['F']
    hops_of_go, hops_of_left = (np.flatnonzero(example.allowed[:, c]) for c in (go, left))
    delay_s = SPEC.answer_delay_s
    assert hops_of_go[0] * 0.04 == pytest.approx(0.8 + delay_s - labels.EARLY_S, abs=0.04)
    assert hops_of_go[-1] * 0.04 == pytest.approx(1.0 + delay_s + labels.LATE_S, abs=0.08)
    assert hops_of_left[0] > hops_of_go[0]
    assert example.allowed[:, BLANK].all()
    assert not example.allowed[:, CLASS_OF['Z']].any()


def test_naming_words_before_they_are_spoken_costs_more_than_naming_them_in_time():
    batch = stack([maker().make_plain(np.random.default_rng(0), clip(), None)])
    network = TrainableNetwork(SPEC)
    losses = {}
    for name, first in (('early', 1), ('in time', 26)):
        logits = torch.full((1, 75, 40), -6.0)
        logits[..., BLANK] = 3.0
        for index, target in enumerate(batch.targets.tolist()):
            hop = first + 2 * index if index < 2 else first + 5 + 2 * index
            logits[0, hop, target] = 9.0

        def said(latent, state, logits=logits):
            return torch.log_softmax(logits, -1), logits, state

        network.head.forward = said
        rows = torch.tensor([True])
        losses[name] = float(phoneme_losses(network, batch, torch.zeros(1, 75, 8), rows)[0])
    assert losses['early'] > 5 * losses['in time']


def test_restricting_paths_is_exact():
    """Of three hops and one phoneme allowed at the last hop alone, one path is left."""
    logits = torch.randn(1, 3, 40, generator=torch.Generator().manual_seed(0)).double()
    logits.requires_grad_()
    log_probs = torch.log_softmax(logits, -1)
    allowed = torch.zeros(1, 3, 40, dtype=torch.bool)
    allowed[..., BLANK] = True
    allowed[0, 2, 7] = True
    restricted, in_place = restrict(log_probs, allowed)
    lengths = torch.tensor([3]), torch.tensor([1])
    ctc = torch.nn.functional.ctc_loss(
        restricted.transpose(0, 1), torch.tensor([7]), *lengths, blank=BLANK, reduction='sum'
    )
    loss = ctc - in_place.sum()
    path = -(log_probs[0, 0, BLANK] + log_probs[0, 1, BLANK] + log_probs[0, 2, 7])
    assert loss.item() == pytest.approx(path.item(), rel=1e-9)
    (wanted,) = torch.autograd.grad(path, logits, retain_graph=True)
    (found,) = torch.autograd.grad(loss, logits)
    assert torch.allclose(found, wanted, atol=1e-9)


def test_batches_have_the_stated_shapes_and_are_the_same_by_seed():
    words = [clip(seed) for seed in range(3)]
    sources = [(words, 2), (words, 1)]
    a, b = (next(training_batches(maker(), sources, 1, seed=7)) for _ in range(2))
    assert a.mel.shape == (3, 1, 64, 300)
    assert a.crops.shape == (3, 1, 75, 48, 48)
    assert int(a.target_lengths.sum()) == len(a.targets) == 18
    for name in ('mel', 'crops', 'seen', 'snr_db', 'per_hop'):
        assert torch.equal(getattr(a, name), getattr(b, name))


def test_a_source_without_clips_gives_none():
    batch = next(training_batches(maker(), [([], 2), ([clip(0)], 1)], 1, seed=7))
    assert len(batch.mel) == 1


def test_training_steps_bring_every_part_of_the_loss_down():
    torch.manual_seed(0)
    batch = stack([maker().make_plain(np.random.default_rng(0), clip(s), None) for s in range(3)])
    network = TrainableNetwork(SPEC, dropout=0.0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    first = None
    for _ in range(40):
        loss, parts = network.loss_on(batch, LossWeights(), 1.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        first = first or parts
    for name in ('fused', 'audio', 'visual', 'fused_per_hop', 'snr', 'agreement'):
        assert parts[name] < first[name], name
    assert all(torch.isfinite(part) for part in parts.values())


def test_error_rates_count_edits():
    assert edit_distance([1, 2, 3], [1, 3]) == 1
    assert edit_distance([], [4, 4]) == 2
    logits = torch.full((6, 40), -9.0)
    for hop, c in enumerate([0, 5, 5, 0, 5, 7]):
        logits[hop, c] = 0
    assert best_path(logits) == [5, 5, 7]
    batch = stack([maker().make_plain(np.random.default_rng(0), clip(), None)])
    rates = phoneme_error_rates(TrainableNetwork(SPEC), [batch])
    assert set(rates) == {'audio', 'visual', 'fused'}
    assert all(rate > 0 for rate in rates.values())


def test_the_learning_rate_warms_up_and_ends_at_zero():
    settings = TrainingSettings(steps=100, warmup_steps=10, learning_rate=1.0)
    rates = [learning_rate_at(step, settings) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == rates[10] == 1.0
    assert rates[100] == pytest.approx(0.0, abs=1e-9)
