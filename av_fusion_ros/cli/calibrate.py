# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion calibrate`: the confidence of a checkpoint, fitted anew."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from av_fusion_ros.cli.whole_numbers import not_negative, positive

HELP = """
Fit what turns the decoder's scores into the probability that exactly this was said. The validation
part of the recordings is heard as streams, clip after clip, by ear, by eye and by both, in silence
and in noise. Writes MODEL.calibration.json beside the checkpoint; "av-fusion train" does so itself.
With --consistency, fit instead the probability that voice and lips belong together, by which
alarms are raised: MODEL.consistency.json. With --snr, fit what estimates the signal-to-noise ratio,
on the training part: MODEL.snr.safetensors (15 minutes of one core). With --speech, fit what tells
speech in loud noise, on the training part: MODEL.speech.json (5 minutes).
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--model', type=Path, default=Path('models/av_fusion.safetensors'), help='checkpoint'
    )
    parser.add_argument(
        '--data', type=Path, help='recordings (default $AV_FUSION_DATA, ../shared/data)'
    )
    parser.add_argument('--cache', type=Path, default=Path('cache'), help='of mouth crops')
    what = parser.add_mutually_exclusive_group()
    what.add_argument('--consistency', action='store_true', help="fit the alarms' scores instead")
    what.add_argument('--snr', action='store_true', help='fit the estimator of the SNR instead')
    what.add_argument('--speech', action='store_true', help='fit the readout of speech instead')
    parser.add_argument(
        '--streams', type=positive, help='of 6 s (8000 for --snr, 1500 for --speech)'
    )
    parser.add_argument('--seed', type=not_negative, default=0, help='for --snr and --speech')


def run(args: argparse.Namespace) -> int:
    from av_fusion_ros.cli.train import grammars
    from av_fusion_ros.learning.data_folders import DataFolders, recordings_folder
    from av_fusion_ros.learning.recipe import calibrate
    from av_fusion_ros.model.checkpoint import load_network
    from av_fusion_ros.recognition.confidence import save_calibration

    folders = DataFolders(recordings_folder(args.data), args.cache)
    if args.consistency:
        return _fit_consistency(args, folders)
    if args.snr:
        return _fit_snr(args, folders)
    if args.speech:
        return _fit_speech(args, folders)
    network, _ = load_network(args.model)
    path = args.model.with_suffix('.calibration.json')
    save_calibration(path, calibrate(folders, network, grammars()))
    print(f'wrote {path}')
    return 0


def _fit_consistency(args: argparse.Namespace, folders: Any) -> int:
    from av_fusion_ros.learning.agreement_conditions import encoded
    from av_fusion_ros.learning.agreement_fitting import fit_shipped
    from av_fusion_ros.learning.agreement_reading import with_phonemes
    from av_fusion_ros.model.checkpoint_file import read_checkpoint
    from av_fusion_ros.recognition.agreement_calibration import save_agreement_calibration
    from av_fusion_ros.recognition.frozen_head import FrozenHead

    material, temperature = encoded(args.model, folders, 'validation')
    material = with_phonemes(material, FrozenHead(read_checkpoint(args.model)[0]))
    path = args.model.with_suffix('.consistency.json')
    save_agreement_calibration(path, fit_shipped(material, temperature))
    print(f'wrote {path}')
    return 0


def _fit_snr(args: argparse.Namespace, folders: Any) -> int:
    from av_fusion_ros.learning.snr_fitting import fit_snr, snr_material
    from av_fusion_ros.model.checkpoint import load_network
    from av_fusion_ros.recognition.snr_estimate import save_estimator

    network, _ = load_network(args.model)
    material = snr_material(network, folders, args.streams or 8000, args.seed)
    path = save_estimator(args.model, fit_snr(material, seed=args.seed))
    print(f'wrote {path}')
    return 0


def _fit_speech(args: argparse.Namespace, folders: Any) -> int:
    from av_fusion_ros.learning.speech_fitting import fit_speech, speech_material
    from av_fusion_ros.model.checkpoint import load_network
    from av_fusion_ros.recognition.speech_readout import save_readout

    network, _ = load_network(args.model)
    material = speech_material(network, folders, args.streams or 1500, args.seed)
    path = save_readout(args.model, fit_speech(material))
    print(f'wrote {path}')
    return 0
