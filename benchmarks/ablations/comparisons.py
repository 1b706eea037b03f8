# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Which arms are compared by which figures, and what the source article claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of the results. Shares are shown in per cent, ``digits`` is for the others."""

    name: str
    label: str
    share: bool = True
    digits: int = 2


@dataclass(frozen=True, slots=True)
class Claim:
    """A gain that the source article states, in per cent, and what it is measured by here."""

    gain: float
    metrics: tuple[str, ...]
    relative_to: Literal['ours', 'other']
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """``ours`` against each of ``others``; the first metric is the one in the figure."""

    key: str
    title: str
    family: str
    ours: str
    others: tuple[str, ...]
    metrics: tuple[Metric, ...]
    claim: Claim | None
    note: str


WORDS = (
    Metric('words', 'words right, mean of 6 conditions [%]'),
    Metric('words clean good', 'clean [%]'),
    Metric('words 0 dB good', '0 dB [%]'),
    Metric('words -8 dB good', '-8 dB [%]'),
    Metric('words -14 dB good', '-14 dB [%]'),
    Metric('words clean spoiled', 'clean, spoiled picture [%]'),
    Metric('words -8 dB spoiled', '-8 dB, spoiled picture [%]'),
    Metric('words -8 dB absent', '-8 dB, no picture [%]'),
    Metric('words absent good', 'no sound [%]'),
    Metric('shortfall', 'worst shortfall below the better sense [points]'),
)

ALIGNMENT = (
    Metric('R@1', 'R@1, mean of both ways [%]'),
    Metric('R@1 heard to seen', 'R@1 heard to seen [%]'),
    Metric('R@1 seen to heard', 'R@1 seen to heard [%]'),
    Metric('CKA', 'linear CKA', share=False, digits=3),
    Metric('cosine gap', 'cosine gap', share=False, digits=3),
    Metric('active units heard', 'active units heard, of 64', share=False, digits=1),
    Metric('active units seen', 'active units seen, of 64', share=False, digits=1),
    Metric('words', 'words right, mean of 6 conditions [%]'),
)

COMPARISONS = (
    Comparison(
        'a',
        'Gate against concatenation',
        'fusion',
        'gate',
        ('concatenation', 'concatenation with evidence'),
        WORDS,
        Claim(18.7, ('words',), 'ours', 'concatenation loses 18.7 %'),
        'Concatenation is both latents side by side through two layers; an absent sense is zero. '
        '"With evidence" it is also told the estimated SNR, the quality of the picture and how '
        'certain each latent is, as the gate is. The article names neither SNR nor reference.',
    ),
    Comparison(
        'b',
        'With and without the distiller',
        'fusion',
        'gate',
        ('no distiller', 'concatenation, no distiller'),
        ALIGNMENT,
        Claim(23.4, ('R@1', 'CKA', 'cosine gap'), 'other', 'features are aligned 23.4 % better'),
        'Without the distiller the encoders are plain and linear: no sampling, no KL, no '
        'reconstruction. Alignment is that of the mean latents over windows of 1 s, clean sound '
        'and picture, each sense centred. All arms share one phoneme head between the senses, '
        'which aligns them by itself. The article does not define its measure.',
    ),
    Comparison(
        'c',
        'Plain and deformable convolution in the audio stream',
        'deformable',
        'frequency',
        ('plain', 'time_frequency'),
        (
            Metric('phoneme errors', 'phoneme errors, mean of 3 SNRs [%]'),
            Metric('words', 'words right, mean of 3 SNRs [%]'),
            Metric('words clean', 'words, clean [%]'),
            Metric('words 0 dB', 'words, 0 dB [%]'),
            Metric('words -8 dB', 'words, -8 dB [%]'),
            Metric('keywords clean', 'keywords of new speakers, clean [%]'),
            Metric('keywords 0 dB', 'keywords of new speakers, 0 dB [%]'),
        ),
        None,
        'Sound alone, the whole stream from scratch; keywords are of speakers not trained on. The '
        'plain layer is 3 x 1, as the frequency form; time_frequency is 3 x 3 and sees up to 80 ms '
        'more of the past.',
    ),
    Comparison(
        'd',
        'Losses of the agreement',
        'agreement',
        'dynamic BCE',
        ('static BCE', 'static cross entropy', 'article form'),
        (
            Metric('AUROC 1 s clean', 'AUROC, another clip, 1 s, clean [%]'),
            Metric('AUROC 1 s 0 dB', 'AUROC, another clip, 1 s, 0 dB [%]'),
            Metric('AUROC 1 s -8 dB', 'AUROC, another clip, 1 s, -8 dB [%]'),
            Metric('AUROC 3 s clean', 'AUROC, content swapped, 3 s, clean [%]'),
            Metric('AUROC 3 s 0 dB', 'AUROC, content swapped, 3 s, 0 dB [%]'),
            Metric('AUROC other moment clean', 'AUROC, same clip 1 s apart, clean [%]'),
            Metric('F1 1 s clean', 'F1, 1 s, clean [%]'),
            Metric('hard gradient share', "hardest tenth's share of the gradient [%]"),
            Metric(
                'hard over easy, log10',
                'gradient, hardest tenth over easiest half, powers of ten',
                share=False,
                digits=1,
            ),
            Metric('temperature', 'temperature at the end', share=False, digits=4),
        ),
        Claim(
            14.6,
            ('F1 1 s clean',),
            'other',
            'F1 on CMU-MOSEI is 14.6 % better (data that is not here: sentiment of video blogs)',
        ),
        'All begin at a temperature of 0.1. Static BCE is the dynamic one with temperature and '
        'bias held. The article form has no bias, takes dot products of features as they come, '
        'and re-creates its temperature in every forward, so that it never learns.',
    ),
    Comparison(
        'e',
        'What the gate is told',
        'fusion',
        'gate',
        ('oracle SNR', 'no SNR', 'fixed weights'),
        WORDS,
        None,
        '"No SNR" still has the quality of the picture and how certain each latent is; "fixed '
        'weights" has nothing but which senses are there: one pair of learned weights.',
    ),
)
