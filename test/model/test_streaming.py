# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Fed hop by hop or whole, the network must say the same, and never look ahead."""

import pytest
import torch

from av_fusion_ros.model.deformable import FORMS
from av_fusion_ros.model.network import AVNetwork
from av_fusion_ros.model.specification import Specification

N_HOPS = 12


@pytest.fixture(params=FORMS)
def network(request):
    torch.manual_seed(3)
    network = AVNetwork(Specification(deformable=request.param)).eval()
    # Offsets start at zero; give them something to do, and the norms something to undo.
    for parameter in network.audio.deformable.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    for module in network.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    return network


def mel_and_crops(n_hops=N_HOPS):
    generator = torch.Generator().manual_seed(5)
    mel = torch.randn(2, 1, 64, 4 * n_hops, generator=generator) * 3 - 4
    return mel, torch.rand(2, 1, n_hops, 48, 48, generator=generator)


@torch.no_grad()
def test_each_stream_fed_hop_by_hop_equals_the_whole(network):
    mel, crops = mel_and_crops()
    for stream, data, step in ((network.audio, mel, 4), (network.visual, crops, 1)):
        axis = 3 if stream is network.audio else 2
        whole, _ = stream(data, stream.initial_state(2))
        state, parts = stream.initial_state(2), []
        for piece in data.split(step, axis):
            out, state = stream(piece, state)
            parts.append(out)
        assert whole.shape == (2, N_HOPS, 256)
        assert whole.std() > 1e-3
        assert (torch.cat(parts, 1) - whole).abs().max() < 1e-5


@torch.no_grad()
def test_fusion_fed_hop_by_hop_equals_the_whole(network):
    features = torch.randn(2, N_HOPS, 3, 256)
    present = torch.rand(2, N_HOPS, 3) < 0.7
    evidence = torch.rand(2, N_HOPS, 3)
    log_probs, weights, agreement, _ = network.fuse(
        features, present, evidence, network.fusion_state(2)
    )
    state, parts = network.fusion_state(2), []
    for hop in range(N_HOPS):
        at = slice(hop, hop + 1)
        out = network.fuse(features[:, at], present[:, at], evidence[:, at], state)
        state = out[-1]
        parts.append(torch.cat((out[0], out[1], out[2][..., None]), -1))
    whole = torch.cat((log_probs, weights, agreement[..., None]), -1)
    assert (torch.cat(parts, 1) - whole).abs().max() < 1e-4


@torch.no_grad()
def test_the_future_never_changes_the_past(network):
    mel, crops = mel_and_crops()
    later_mel, later_crops = mel.clone(), crops.clone()
    later_mel[..., 4 * 7 :] += 1.0
    later_crops[:, :, 7:] = 1 - later_crops[:, :, 7:]
    for stream, before, after in (
        (network.audio, mel, later_mel),
        (network.visual, crops, later_crops),
    ):
        a, _ = stream(before, stream.initial_state(2))
        b, _ = stream(after, stream.initial_state(2))
        assert torch.equal(a[:, :7], b[:, :7])
        assert not torch.equal(a[:, 7:], b[:, 7:])


def test_the_network_stays_small():
    assert sum(p.numel() for p in AVNetwork(Specification()).parameters()) <= 5_000_000


@pytest.mark.parametrize('deformable', FORMS)
def test_the_past_begins_on_the_device_of_the_weights(deformable: str) -> None:
    """Torch's meta device refuses to be mixed with the CPU, as a GPU does."""
    spec = Specification(deformable=deformable)
    network = AVNetwork(spec).to('meta').eval()
    mel = torch.zeros(2, 1, spec.n_mels, 40, device='meta')
    crops = torch.zeros(2, 1, 10, spec.crop_px, spec.crop_px, device='meta')
    heard, _ = network.audio(mel, network.audio.initial_state(2))
    seen, _ = network.visual(crops, network.visual.initial_state(2))
    features = torch.stack((heard, seen, seen), 2)
    present = torch.ones(2, 10, 3, device='meta')
    log_probs = network.fuse(features, present, present, network.fusion_state(2))[0]
    assert log_probs.device.type == 'meta'
    assert log_probs.shape[:2] == (2, 10)
