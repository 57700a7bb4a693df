"""What would not fit is refused, and a shard is asked for the room of its own cells, not for that of the whole experiment."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from yann.cli.options import Color, Format
from yann.cli.room import check_room
from yann.cli.wishes import Shard, Wishes
from yann.config.load import load
from yann.config.options import Given
from yann.errors import RefusedError
from yann.study import budget

UNLIKE = "network: {depth: 2, width: 2}\nsweep: {grid: {replicates: [1, 1000000]}}\n"
MANY = "network: {depth: 2, width: 2}\nsteps: 10000\nsweep: {grid: {seed: {range: [1, 40]}}}\n"


def experiment(text):
    """Load a config."""
    return load(Given(text.encode(), "c.yaml", Path(), "c")).experiment


def wishes(number, count, out):
    """Wish for a shard and nothing else."""
    return Wishes(
        form=Format.table, color=Color.auto, out=out, quiet=True, plots=False, plot_format="png", metric=None,
        fail_fast=False, jobs=1, shard=Shard(number, count),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _a_small_machine(monkeypatch):
    """Have a machine with 200 MB of memory left, and 50 MB on its disk."""
    monkeypatch.setattr(budget, "available_memory", lambda: 2 * 10**8)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 5 * 10**7))


@pytest.mark.parametrize(("text", "shard", "key"), [(UNLIKE, (2, 2), "replicates"), (MANY, (1, 2), "sweep")])
def test_a_shard_that_does_not_fit_the_memory_is_refused(text, shard, key, tmp_path):
    with pytest.raises(RefusedError, match=f"^{key}: this run would take about .* of memory"):
        check_room(experiment(text), wishes(*shard, tmp_path))


@pytest.mark.parametrize(("text", "shard"), [(UNLIKE, (1, 2)), (MANY, (1, 40)), (MANY, (50, 60))])
def test_a_shard_needs_no_room_for_the_cells_of_others(text, shard, tmp_path):
    with pytest.raises(RefusedError):
        check_room(experiment(text), wishes(1, 1, tmp_path))
    check_room(experiment(text), wishes(*shard, tmp_path))


def test_a_shard_needs_no_disk_for_the_cells_of_others(tmp_path, monkeypatch):
    monkeypatch.setattr(budget, "available_memory", lambda: 10**12)
    with pytest.raises(RefusedError, match="free at"):
        check_room(experiment(UNLIKE), wishes(1, 1, tmp_path))
    check_room(experiment(UNLIKE), wishes(1, 2, tmp_path))


def test_what_nobody_looks_at_needs_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 10**12, 10**12))
    with pytest.raises(RefusedError, match=r"^sweep: "):
        check_room(experiment(MANY), wishes(1, 1, tmp_path))
    check_room(experiment(MANY), replace(wishes(1, 1, tmp_path), form=Format.csv))
