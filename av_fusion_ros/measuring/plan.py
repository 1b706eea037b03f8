# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""What a benchmark measures, and doing it part by part."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from av_fusion_ros.measuring import findings as names
from av_fusion_ros.measuring.findings import Findings, this_machine
from av_fusion_ros.measuring.hop_time import picture_sizes, side_by_side, stages
from av_fusion_ros.measuring.takes import FPS, Material, Take, hops, shown_at
from av_fusion_ros.model.specification import Specification
from av_fusion_ros.recognition.backend import Backend, open_backend
from av_fusion_ros.recognition.errors import RecognitionError
from av_fusion_ros.recognition.vocabulary import load_vocabulary

HOP, STREAMS, SIZES, GRAPH, PEER = PARTS = ('hop', 'streams', 'sizes', 'graph', 'peer')
CAMERA = (640, 480, 30.0)
ALL_SIZES = ((320, 240), (640, 480), (1280, 720), (1920, 1080))


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of each: takes of the main runs and of the short ones, takes for times of a hop,
    numbers of streams, calls for each number.
    """

    parts: Sequence[str] = PARTS
    takes: int = 24
    short_takes: int = 10
    hop_takes: int = 6
    streams: Sequence[int] = (1, 2, 4, 8, 16, 20, 32, 64)
    calls: int = 60


QUICK = Plan(takes=3, short_takes=2, hop_takes=1, streams=(1, 20), calls=8)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: a checkpoint, its graphs' folders, and the recordings to measure with."""

    model: Path
    graph_folders: Sequence[Path]
    commands_file: Path
    material: Material


def carry_out(plan: Plan, subject: Subject, command: str, tell: Callable[[str], None]) -> Findings:
    """Measure every part of the plan; ``tell`` is told what comes next."""
    width, height, fps = CAMERA
    found = Findings(
        command,
        subject.material.label,
        f'{width}x{height} bgr8 at {fps:g} Hz',
        this_machine(),
        os.getloadavg()[0],
    )
    cv2.setNumThreads(1)
    if {HOP, STREAMS, SIZES} & set(plan.parts):
        _engine(plan, subject, found, tell)
    if GRAPH in plan.parts:
        _graph(plan, subject, found, tell)
    if PEER in plan.parts:
        tell('pocketsphinx on the same sound')
        _peer(plan, subject, found)
    found.load_after = os.getloadavg()[0]
    return found


def _engine(plan: Plan, subject: Subject, found: Findings, tell: Callable[[str], None]) -> None:
    takes = subject.material.takes[: plan.hop_takes]
    pairs = list(hops(takes))
    width, height, _ = CAMERA
    seen = [(sound, shown_at(picture, width, height)) for sound, picture in pairs]
    vocabulary = load_vocabulary(subject.commands_file)
    for name, backend, spec in _backends(subject, found):
        if HOP in plan.parts:
            tell(f'{len(seen)} hops on {name}')
            found.stages[name] = stages(subject.model, backend, spec, vocabulary, seen)
        if STREAMS in plan.parts:
            tell(f'{plan.streams[-1]} streams on {name}')
            found.streams[name] = {
                number: side_by_side(backend, spec, number, plan.calls) for number in plan.streams
            }
        if SIZES in plan.parts and not found.sizes:
            tell('sizes of the picture')
            found.sizes = picture_sizes(backend, spec, pairs, ALL_SIZES)


def _backends(subject: Subject, found: Findings) -> list[tuple[str, Backend, Specification]]:
    opened = []
    for choice in ('onnxruntime', 'torch'):
        try:
            backend, spec = open_backend(subject.model, choice, graph_folders=subject.graph_folders)
        except RecognitionError as error:
            found.left_out.append(f'backend {choice}: {error}')
            continue
        found.backends[choice] = backend.name
        opened.append((choice, backend, spec))
    if not any('cuda' in name for name in found.backends.values()):
        found.left_out.append('GPU: none that torch can use')
    return opened


def _graph(plan: Plan, subject: Subject, found: Findings, tell: Callable[[str], None]) -> None:
    from av_fusion_ros.cli.ros_session import ros_session
    from av_fusion_ros.measuring.graph_run import Picture, reliable_inputs, run_graph
    from av_fusion_ros.nodes.graph_processes import GraphOptions

    picture, native = Picture(*CAMERA), Picture(*CAMERA[:2], FPS)
    takes = subject.material.takes
    common = (f'model_path:={subject.model}', f'fusion:commands_file:={subject.commands_file}')
    floor = 'av_fusion_ros.measuring.transport_floor'

    def options(composed: bool, *parameters: str, container: str = '') -> GraphOptions:
        given = (*common, *parameters)
        if container:
            return GraphOptions(
                composed=True, log_level='warn', parameters=given, container=container
            )
        return GraphOptions(composed=composed, log_level='warn', parameters=given)

    runs: dict[str, tuple[GraphOptions, Sequence[Take], bool]] = {
        names.COMPOSED: (options(True), takes[: plan.takes], False),
        names.SEPARATE: (options(False), takes[: plan.takes], False),
        names.NATIVE: (options(True), takes[: plan.takes], False),
        names.TORCH: (options(True, 'backend:=torch'), takes[: plan.short_takes], False),
        names.FLOOR: (options(True, container=floor), takes[: plan.short_takes], False),
        names.RELIABLE: (options(True, *reliable_inputs()), takes[: plan.short_takes], True),
    }
    with ros_session() as executor:
        for name, (chosen, played, reliable) in runs.items():
            seconds = sum(take.duration_s for take in played)
            tell(f'the graph, {name}: {seconds:.0f} s in real time')
            found.runs[name] = run_graph(
                executor,
                chosen,
                tuple(played),
                native if name == names.NATIVE else picture,
                reliable=reliable,
            )


def _peer(plan: Plan, subject: Subject, found: Findings) -> None:
    try:
        from av_fusion_ros.measuring.peer import run_peer
        from av_fusion_ros.measuring.pocketsphinx_reader import PocketsphinxReader, jsgf_of

        jsgf = jsgf_of(load_vocabulary(subject.commands_file))
        reader = PocketsphinxReader(jsgf, cmn='live')
    except ModuleNotFoundError as error:
        found.left_out.append(f'pocketsphinx: {error}')
        return
    found.peer = run_peer(reader, subject.material.takes[: plan.takes])
