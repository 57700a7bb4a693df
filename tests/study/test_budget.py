"""What the largest cell takes, and what a machine has left: the least of the system's memory and of every control group's."""

from pathlib import Path

import pytest

from yann.config.load import load
from yann.config.options import Given
from yann.study import budget
from yann.study.budget import WORKER, _limits, available_memory, bytes_for_people, largest_worker, memory
from yann.study.cells import each_kind
from yann.study.pieces import stack_size

MEMINFO = "MemTotal:       100 kB\nMemAvailable:   50 kB\n"


@pytest.fixture
def system(tmp_path):
    """Give a function that lays out the files of a system, and gives the limits that are found in it."""

    def of(files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="ascii")
        return [limit for limit in _limits(tmp_path) if limit < 2**40]

    return of


def group(folder, most, used, inactive, names=("memory.max", "memory.current", "inactive_file")):
    """Give the files of a control group."""
    limit, current, cached = names
    return {
        f"{folder}/{limit}": f"{most}\n",
        f"{folder}/{current}": f"{used}\n",
        f"{folder}/memory.stat": f"anon 5\n{cached} {inactive}\n",
    }


def test_the_system_alone(system):
    assert system({"proc/meminfo": MEMINFO}) == [50 * 1024]


def test_a_job_in_a_group_within_a_group(system):
    root = "sys/fs/cgroup"
    assert system({
        "proc/meminfo": MEMINFO,
        "proc/self/cgroup": "0::/slurm/job7\n",
        **group(f"{root}/slurm", 40_000, 30_000, 1_000),
        **group(f"{root}/slurm/job7", "max", 20_000, 500),
    }) == [50 * 1024, 11_000]  # fmt: skip


def test_a_container_that_sees_only_its_own_root(system):
    found = system({"proc/self/cgroup": "0::/docker/abc\n", **group("sys/fs/cgroup", 9_000, 4_000, 0)})
    assert found == [5_000]


def test_the_older_kind_of_groups(system):
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    found = system({
        "proc/self/cgroup": "11:cpu,cpuacct:/job\n9:memory:/job\n",
        **group("sys/fs/cgroup/memory/job", 7_000, 5_000, 500, names),
    })  # fmt: skip
    assert found == [2_500]


def test_a_machine_that_tells_nothing_has_no_limit(system):
    assert system({}) == []
    assert available_memory() > 0


def test_sizes_for_people():
    assert [bytes_for_people(count) for count in (0, 999, 1024, 80 << 20, 3 * 2**60)] == [
        "0 bytes", "999 bytes", "1.00 KiB", "80.0 MiB", "3.00 EiB",
    ]  # fmt: skip


@pytest.mark.parametrize("axis", [
    "every: [1, 100000]", "replicates: [9, 1]", "network.width: [900, 1]", "data.samples: [9000, 1]", "batch: [64, 1]",
    "dtype: [float64, float32]", "steps: [100000, 1]",
])  # fmt: skip
def test_the_largest_worker_is_that_of_the_largest_cell(axis):
    steps = "" if axis.startswith("steps") else "steps: 100000\n"
    text = f"network: {{depth: 2, width: 20}}\n{steps}sweep: {{grid: {{{axis}}}}}\n"
    cells = load(Given(text.encode(), "c.yaml", Path(), "c")).experiment.cells
    assert largest_worker(each_kind(cells)) == memory(cells[0]) + WORKER > memory(cells[1]) + WORKER


@pytest.mark.parametrize(
    ("replicates", "gib", "workers"), [(1, 16, 8), (1, 1, 4), (10_000, 16, 8), (10_000, 4, 2), (10_000, 1, 1)]
)
def test_as_many_workers_as_have_room_for_their_stacks(replicates, gib, workers, monkeypatch):
    text = f"network: {{depth: 200, width: 64}}\nreplicates: {replicates}\nmeasure: [dW_norm]\n"
    (cell,) = load(Given(text.encode(), "c.yaml", Path(), "c")).experiment.cells
    monkeypatch.setattr(budget, "available_memory", lambda: int(gib * 2**30))
    assert budget.fitting([(cell, 1)], 8, stack_size) == workers
