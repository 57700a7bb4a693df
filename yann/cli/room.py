"""Whether a run would fit this machine, asked before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yann.cli.work import kept

if TYPE_CHECKING:
    from pathlib import Path

    from yann.cli.wishes import Wishes
    from yann.study.cell import Experiment
    from yann.study.cells import Kinds


def check_room(experiment: Experiment, wishes: Wishes) -> None:
    """Check that a run would fit the memory and the disk; one of a shard has only the shard's cells.

    Raises:
        RefusedError: if it would not; says what it needs, what there is, and which key asks for it.

    """
    from yann.study.cells import each_kind

    if kinds := each_kind(experiment.cells, wishes.shard.of(len(experiment.cells))):
        _check_memory(kinds, experiment, wishes)
        _check_disk(kinds, len(experiment.measure), wishes.out)


def _check_memory(kinds: Kinds, experiment: Experiment, wishes: Wishes) -> None:
    from yann.errors import Problem, RefusedError
    from yann.study.budget import SHARE, available_memory, bytes_for_people, largest_worker, whole_run
    from yann.study.pieces import in_a_piece

    shown = len(kept(experiment, wishes.metric)) if wishes.shown else 0
    needs = whole_run(kinds, len(experiment.measure), shown, in_a_piece, plots=wishes.plots)
    need, room = sum(needs.values()) + largest_worker(kinds), int(available_memory() * SHARE)
    if need > room:
        key = max(needs, key=lambda name: needs[name])
        sentence = (
            f"this run would take about {bytes_for_people(need)} of memory, and {bytes_for_people(room)} may be used "
            f"({SHARE:.0%} of what is free): ask for less of it, or measure fewer metrics (measure)"
        )
        raise RefusedError([Problem("", key, sentence)])


def _check_disk(kinds: Kinds, measured: int, out: Path) -> None:
    from shutil import disk_usage

    from yann.errors import Problem, RefusedError
    from yann.study.budget import SHARE, bytes_for_people, disk

    there = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.is_dir())
    need, free = disk(kinds, measured), disk_usage(there).free
    if need > SHARE * free:
        many = max((cell for cell, _ in kinds), key=lambda cell: cell.replicates * len(cell.measured_steps))
        key = "replicates" if many.replicates > len(many.measured_steps) else "steps" if many.steps else "sweep"
        sentence = (
            f"the files of this run would take about {bytes_for_people(need)}, and {bytes_for_people(free)} are free at {there}: "
            f"ask for less of it, or measure fewer metrics (measure), or have them elsewhere (--out)"
        )
        raise RefusedError([Problem("", key, sentence)])
