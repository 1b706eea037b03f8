# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""The training loop: one process or many, CPU or GPU, resumable, the same by seed."""

from __future__ import annotations

import csv
import math
import os
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from lightning_fabric import Fabric
from rich.progress import Progress, TextColumn, TimeRemainingColumn

from av_fusion_ros.learning.batches import Batch, ExampleMaker, training_batches
from av_fusion_ros.learning.corpus import Clip
from av_fusion_ros.learning.objective import LossWeights, training_loss
from av_fusion_ros.learning.validation import phoneme_error_rates
from av_fusion_ros.model.network import AVNetwork

VALIDATE_EVERY = 250
SAVE_EVERY = 250


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Budget and rates of one run."""

    steps: int = 2500
    learning_rate: float = 2e-3
    warmup_steps: int = 150
    weight_decay: float = 0.02
    kl_full_at: float = 0.3  # share of the run after which the KL term counts in full
    precision: str = 'bf16-mixed'
    seed: int = 1
    weights: LossWeights = field(default_factory=LossWeights)


def learning_rate_at(step: int, settings: TrainingSettings) -> float:
    """Linear warm-up, then a half cosine to zero."""
    if step < settings.warmup_steps:
        return settings.learning_rate * (step + 1) / settings.warmup_steps
    done = (step - settings.warmup_steps) / max(1, settings.steps - settings.warmup_steps)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))


def prefetched(batches: Iterator[Batch], depth: int = 4) -> Iterator[Batch]:
    """The same batches, made ahead in a thread; an error there is raised here."""
    made: queue.Queue[Batch | BaseException | None] = queue.Queue(depth)

    def produce() -> None:
        try:
            for batch in batches:
                made.put(batch)
            made.put(None)
        except BaseException as error:
            made.put(error)

    threading.Thread(target=produce, daemon=True).start()
    while (item := made.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


def train(
    network: AVNetwork,
    maker: ExampleMaker,
    sources: Sequence[tuple[Sequence[Clip], int]],
    validation: dict[str, Sequence[Batch]],
    settings: TrainingSettings,
    run_folder: Path,
    fabric: Fabric,
) -> AVNetwork:
    """Train ``network``, return it in evaluation mode, on the CPU; ``fabric`` has been launched.

    ``run_folder`` gets last.ckpt (resumed from when present) and curves.csv.
    """
    fabric.seed_everything(settings.seed + fabric.global_rank)
    optimizer = torch.optim.AdamW(
        _parameter_groups(network, settings), lr=settings.learning_rate, betas=(0.9, 0.98)
    )
    network.train()
    model, optimizer = fabric.setup(network, optimizer)
    model.mark_forward_method('loss_on')
    step = _resume(fabric, model, optimizer, run_folder)
    seed = settings.seed + 7919 * step + fabric.global_rank
    batches = prefetched(training_batches(maker, sources, settings.steps - step, seed))
    began, running = time.monotonic(), 0.0
    columns = (
        *Progress.get_default_columns()[:2],
        TimeRemainingColumn(),
        TextColumn('{task.fields[figures]}'),
    )
    with Progress(*columns, disable=fabric.global_rank > 0) as progress:
        bar = progress.add_task('training', total=settings.steps, completed=step, figures='')
        for batch in batches:
            for group in optimizer.param_groups:
                group['lr'] = learning_rate_at(step, settings)
            kl_share = min(1.0, step / max(1.0, settings.kl_full_at * settings.steps))
            loss, parts = model.loss_on(batch.to(fabric.device), settings.weights, kl_share)
            fabric.backward(loss)
            fabric.clip_gradients(model, optimizer, max_norm=2.0)
            optimizer.step()
            optimizer.zero_grad()
            step += 1
            value = float(loss.detach())
            running = 0.98 * running + 0.02 * value if running else value
            progress.update(bar, completed=step, figures=f'loss {running:.3f}')
            if step % VALIDATE_EVERY == 0 or step == settings.steps:
                figures = {
                    f'{name}_{reading}_per': rate
                    for name, part in validation.items()
                    for reading, rate in phoneme_error_rates(
                        network, (batch.to(fabric.device) for batch in part)
                    ).items()
                }
                record = {
                    'step': step,
                    'elapsed_s': round(time.monotonic() - began),
                    'loss': round(running, 4),
                    **{k: round(float(v), 4) for k, v in parts.items()},
                    **{k: round(v, 4) for k, v in figures.items()},
                }
                if fabric.global_rank == 0:
                    _append(run_folder / 'curves.csv', record)
                    progress.console.print(record)
            if step % SAVE_EVERY == 0 or step == settings.steps:
                fabric.save(
                    run_folder / 'last.ckpt',
                    {'model': model, 'optimizer': optimizer, 'step': step},
                )
    return network.cpu().eval()


class TrainableNetwork(AVNetwork):
    """The network with its loss as a method, so that a distributed wrapper can call it."""

    def loss_on(
        self, batch: Batch, weights: LossWeights, kl_share: float
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """The training loss on one batch and its parts."""
        return training_loss(self, batch, weights, kl_share)


def launched_fabric(settings: TrainingSettings, processes: int) -> Fabric:
    """GPUs where there are any, else ``processes`` CPU processes that share every batch.

    Under torchrun it is as many processes on as many machines as torchrun started. On a CPU,
    processes of one thread each keep it busier than one process of many threads.
    """
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        processes = torch.cuda.device_count()
    processes = int(os.environ.get('LOCAL_WORLD_SIZE', processes))
    machines = int(os.environ.get('GROUP_WORLD_SIZE', 1))
    if not on_gpu:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // processes))
    fabric = Fabric(
        accelerator='cuda' if on_gpu else 'cpu',
        devices=processes,
        num_nodes=machines,
        # Clips without a picture leave the visual parts of the loss out of the graph.
        strategy='ddp_find_unused_parameters_true' if processes * machines > 1 else 'auto',
        precision=settings.precision,  # type: ignore[arg-type]
    )
    fabric.launch()
    return fabric


def _parameter_groups(network: AVNetwork, settings: TrainingSettings) -> list[dict[str, object]]:
    """Weights decay; biases, norms and the temperature do not."""
    decayed = [p for p in network.parameters() if p.dim() > 1]
    free = [p for p in network.parameters() if p.dim() <= 1]
    return [
        {'params': decayed, 'weight_decay': settings.weight_decay},
        {'params': free, 'weight_decay': 0.0},
    ]


def _resume(fabric: Fabric, model: object, optimizer: object, run_folder: Path) -> int:
    """Load the last state of an interrupted run; the step to go on from."""
    run_folder.mkdir(parents=True, exist_ok=True)
    last = run_folder / 'last.ckpt'
    if not last.is_file():
        return 0
    state = {'model': model, 'optimizer': optimizer, 'step': 0}
    fabric.load(last, state)
    return int(state['step'])  # type: ignore[call-overload, no-any-return]


def _append(path: Path, record: dict[str, float]) -> None:
    """Add a row to a CSV file, with a header when it is new."""
    new = not path.is_file()
    with path.open('a', newline='') as stream:
        writer = csv.DictWriter(stream, fieldnames=list(record))
        if new:
            writer.writeheader()
        writer.writerow(record)
