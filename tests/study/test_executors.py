"""Executors: how the work is spread can never change a number."""

import os
import signal
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from tests.cases import CELLS, cell_of, run_cell
from tests.config.texts import plan
from tests.engine.test_replicates import assert_same_bytes
from yann.engine.objective import Objective
from yann.parts.activations import Tanh
from yann.parts.losses import SquaredError
from yann.study import alike, chunks, pieces
from yann.study.alike import run_alike
from yann.study.budget import result_bytes
from yann.study.cell import MadeData, Matrix
from yann.study.chunks import do, gathered
from yann.study.executors import AUTO, EXECUTORS, Spread, drive, spread_for
from yann.study.executors.drive import LOST
from yann.study.metrics import METRICS
from yann.study.packing import pack, unpack
from yann.study.pieces import Done, Piece, has_long_calls, in_a_piece, pieces_of, stack_size, steps_of
from yann.study.result import Result, joined
from yann.study.run import start

MEASURE = tuple(metric() for _, metric in METRICS.items())
SOME = [replace(cell, replicates=5, steps=2, batch=4) for cell in list(CELLS.values())[::41]]
GOOD = cell_of(Tanh(), Objective(SquaredError()), 1)
LOCAL = [name for name in EXECUTORS if name != "dask"]


def silent(_):
    """Hear nothing."""


def many_chunks(patch, seconds):
    """Have chunks take no longer than this."""
    patch.setattr(pieces, "CHUNK_SECONDS", seconds)
    patch.setattr(chunks, "CHUNK_SECONDS", seconds)
    patch.setattr(chunks, "FIRST_SECONDS", seconds)


def stacks_of(patch, replicates):
    """Have so many replicates share a stack."""
    patch.setattr(pieces, "stack_size", lambda _: replicates)
    patch.setattr(chunks, "stack_size", lambda _: replicates)


def everything(cells):
    """Give the chunks of all cells."""
    return list(gathered(cells, [piece for index, cell in enumerate(cells) for piece in whole(index, cell)], MEASURE))


def whole(index, cell):
    """Give the pieces of a cell."""
    return pieces_of(index, cell.replicates, in_a_piece(cell))


def outcomes(cells, finished):
    """Give the result of each cell from what executors give in any order, or the reason why there is none."""
    done = sorted((each for some in finished for each in some), key=lambda each: each.piece)
    assert len({each.piece for each in done}) == len(done)
    found = []
    for index, cell in enumerate(cells):
        own = [each for each in done if each.piece.cell == index]
        assert [r for each in own for r in range(each.piece.first, each.piece.last)] == list(range(cell.replicates))
        failures = [each.failure for each in own if each.failure]
        found.append(failures[0] if failures else joined([unpack(each.packed) for each in own]))
    return found


@pytest.fixture(scope="module")
def plainly():
    """What one replicate after the other gives."""
    with pytest.MonkeyPatch.context() as patch:
        stacks_of(patch, 1)
        return [run_cell(cell, MEASURE) for cell in SOME]


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("name", LOCAL)
def test_no_executor_can_change_a_number(plainly, name, workers, monkeypatch):
    many_chunks(monkeypatch, 0.002)
    finished = list(drive(everything(SOME), EXECUTORS[name](workers=workers), silent))
    assert len(finished) > 3
    for one, two in zip(outcomes(SOME, finished), plainly, strict=True):
        assert_same_bytes(one, two)


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_no_stack_and_no_order_can_change_a_number(plainly, size, monkeypatch):
    stacks_of(monkeypatch, size)
    finished = [do(chunk) for chunk in reversed(everything(SOME))]
    for one, two in zip(outcomes(SOME, finished), plainly, strict=True):
        assert_same_bytes(one, two)


@pytest.mark.parametrize("name", LOCAL)
def test_a_cell_that_fails_does_not_end_the_others(name):
    wrong = replace(GOOD, data=MadeData(GOOD.data.inputs, Matrix(((1.0,) * 9,) * 6), 6))
    found = outcomes([GOOD, wrong, GOOD], drive(everything([GOOD, wrong, GOOD]), EXECUTORS[name](workers=2), silent))
    assert isinstance(found[0], Result)
    assert "9 columns" in found[1]
    assert_same_bytes(found[0], found[2])


@pytest.mark.parametrize("name", [name for name in LOCAL if EXECUTORS[name].here])
def test_every_step_of_every_stack_is_told(name):
    cell = replace(GOOD, steps=4, replicates=3)
    told = []
    list(drive(everything([cell, cell]), EXECUTORS[name](), told.append))
    assert sum(told) == sum(steps_of(cell, piece) for index in (0, 1) for piece in whole(index, cell)) == 10


def test_packed_results_come_back_to_the_last_bit(plainly):
    for result in plainly:
        assert_same_bytes(unpack(pack(result)), result)
        assert pack(unpack(pack(result))) == pack(result)


def test_the_pieces_of_a_cell_are_all_its_replicates_in_whole_stacks(monkeypatch):
    many_chunks(monkeypatch, 0.001)
    for replicates in (1, 2, 17, 1000):
        cell = replace(GOOD, replicates=replicates)
        cut = list(whole(3, cell))
        assert [r for piece in cut for r in range(piece.first, piece.last)] == list(range(replicates))
        assert all((piece.last - piece.first) % stack_size(cell) == 0 for piece in cut[:-1])


def test_chunks_hold_every_piece_once_and_are_worth_their_way():
    cells = [GOOD] * 3000
    cut = everything(cells)
    assert [piece for chunk in cut for piece in chunk.pieces] == [Piece(index, 0, 2) for index in range(3000)]
    assert 1 < len(cut) < 300
    assert all(len(chunk.pieces) > 10 for chunk in cut[:-1])


def unheard():
    """Give the signals that this process was started to hear nothing of, and what it does with an interrupt."""
    return signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getsignal(signal.SIGINT)


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_no_worker_hears_a_terminal_from_its_first_moment_on():
    with EXECUTORS["processes"](workers=2).opened() as pool:
        told = [pool.submit(unheard).result() for _ in range(4)]
    assert told == [({signal.SIGINT, signal.SIGHUP}, signal.SIG_IGN)] * 4
    assert not {signal.SIGINT, signal.SIGHUP} & unheard()[0]


# Workers that are lost


def falls_over(chunk):
    """Do a chunk, unless it holds the piece that takes its worker down."""
    if any(piece.cell == 7 for piece in chunk.pieces):
        os._exit(9)
    return do(chunk)


@dataclass(frozen=True)
class Falling(Spread):
    """processes whose worker is taken down by cell 7"""

    name = "falling"

    @contextmanager
    def opened(self):
        with EXECUTORS["processes"](self.workers).opened() as pool:
            submit = pool.submit
            pool.submit = lambda _, chunk: submit(falls_over, chunk)
            yield pool


@pytest.mark.parametrize("workers", [1, 2])
def test_a_piece_that_takes_its_worker_down_twice_has_failed_and_all_others_are_done(workers, monkeypatch):
    many_chunks(monkeypatch, 0.001)
    cells = [replace(GOOD, seed=seed) for seed in range(12)]
    cut = gathered(cells, [Piece(i, 0, 2) for i in range(12)], MEASURE)
    found = outcomes(cells, drive(cut, Falling(workers=workers), silent))
    assert found[7] == LOST
    for index, (cell, outcome) in enumerate(zip(cells, found, strict=True)):
        if index != 7:
            assert_same_bytes(outcome, run_cell(cell, MEASURE))


def test_what_is_no_fault_of_a_cell_is_a_bug_and_ends_the_run(monkeypatch):
    def broken(*_):
        raise KeyError("a bug")

    monkeypatch.setattr(pieces, "run", broken)
    for name in ("serial", "threads"):
        with pytest.raises(KeyError):
            list(drive(everything([GOOD]), EXECUTORS[name](), silent))


def test_workers_end_when_nobody_asks_for_more():
    stream = drive(
        everything([replace(GOOD, seed=seed, replicates=400) for seed in range(40)]), EXECUTORS["processes"](2), silent
    )
    assert isinstance(next(stream)[0], Done)
    stream.close()
    stream = drive(everything([GOOD]), EXECUTORS["threads"](2), silent)
    assert isinstance(next(stream)[0], Done)


def test_auto_takes_no_workers_for_little_work_threads_for_long_calls_and_processes_for_short_ones():
    assert spread_for(AUTO, 4, 1, (100.0, 0.0)) == EXECUTORS["serial"](1)
    assert spread_for(AUTO, 1, 50, (0.0, 100.0)) == EXECUTORS["serial"](1)
    assert spread_for(AUTO, 4, 50, (0.5, 0.1)) == EXECUTORS["serial"](1)
    assert spread_for(AUTO, 4, 50, (0.1, 0.5)) == EXECUTORS["threads"](4)
    assert spread_for(AUTO, 4, 3, (60.0, 40.0)) == EXECUTORS["processes"](3)
    assert spread_for("threads", 4, 1, (0.0, 0.0)) == EXECUTORS["threads"](4)


def test_calls_are_long_in_wide_networks_with_many_samples():
    def of(width, samples):
        return plan(f"network: {{depth: 10, width: {width}}}\ndata: {{samples: {samples}}}").experiment.cells[0]

    assert not any(has_long_calls(of(*each)) for each in ((4, 8), (64, 64)))
    assert all(has_long_calls(of(*each)) for each in ((256, 256), (1024, 64)))


def test_a_stack_is_smaller_the_wider_the_network_and_never_empty():
    def of_width(width):
        cell = CELLS["tanh-mse-mean"]
        layer = replace(cell.network.layers[0], fan_in=width, fan_out=width)
        return stack_size(replace(cell, network=replace(cell.network, layers=(layer,))))

    sizes = [of_width(width) for width in (3, 16, 64, 256, 4096)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 100
    assert sizes[-1] == 1


def test_a_stack_of_a_deep_network_is_smaller_for_all_its_layers_stay_until_the_way_back():
    def of(depth):
        return plan(f"network: {{depth: {depth}, width: 64}}\ndata: {{samples: 64}}").experiment.cells[0]

    def reckoned(cell):
        numbers = sum(3 * 64 * layer.fan_out + 6 * 64 * layer.fan_out for layer in cell.network.layers)
        return stack_size(cell) * numbers * cell.itemsize

    assert stack_size(of(10)) > stack_size(of(1000)) > 1
    assert reckoned(of(1000)) <= pieces.WHOLE < reckoned(of(1000)) * (stack_size(of(1000)) + 1) / stack_size(of(1000))
    assert stack_size(of(9000)) == 1


def test_work_knows_of_its_chunks_what_they_cost():
    cells = [replace(GOOD, seed=seed) for seed in range(3)]
    pieces_of_all = [piece for index, cell in enumerate(cells) for piece in whole(index, cell)]
    together, singly = (gathered(cells, pieces_of_all, MEASURE, singly=singly) for singly in (False, True))
    assert (len(together), len(singly)) == (1, 3)
    assert [chunk.pieces for chunk in singly] == [(piece,) for piece in pieces_of_all]
    assert sum(cut.steps for cut in together.cuts) == sum(cut.steps for cut in singly.cuts) == 3 * (GOOD.steps + 1)
    assert 0 < together.cuts[0].seconds < sum(cut.seconds for cut in singly.cuts)  # they share a stack


@pytest.mark.parametrize("steps", [0, 1000])
def test_no_chunk_has_more_results_than_there_is_room_for(steps):
    cell = replace(plan(f"network: {{depth: 4, width: 2}}\nsteps: {steps}").experiment.cells[0], replicates=100_000)
    work = gathered([cell], whole(0, cell), MEASURE)
    sizes = [sum(piece.last - piece.first for piece in chunk.pieces) for chunk in work]
    assert sum(sizes) == cell.replicates
    assert max(sizes) * result_bytes(cell) <= max(2 * pieces.RESULTS, 16 * result_bytes(cell))


def test_cells_that_share_no_stack_take_as_long_as_they_do_alone():
    cells = [
        replace(plan("network: {depth: 2, width: 3}\ndata: digits\nloss: cross_entropy").experiment.cells[0], seed=seed)
        for seed in (1, 2, 3)
    ]
    together, singly = (gathered(cells, [Piece(i, 0, 1) for i in range(3)], MEASURE, singly=singly) for singly in (False, True))
    assert sum(cut.seconds for cut in together.cuts) == pytest.approx(sum(cut.seconds for cut in singly.cuts))


def test_a_stack_is_smaller_the_more_samples_there_are():
    few, many = (plan(f"network: {{depth: 3, width: 3}}\ndata: {{samples: {N}}}").experiment.cells[0] for N in (4, 100_000))
    assert stack_size(many) == 1 < stack_size(few)


# Cells that share a stack


def alone_and_together(text, monkeypatch):
    """Do all pieces of a config, each in a stack of its own and then as they come."""
    cells = plan(text).experiment.cells
    (together,) = everything(cells)
    calls = []
    monkeypatch.setattr(chunks, "run_alike", lambda parts, *more: calls.append(len(parts)) or run_alike(parts, *more))
    return [done for single in together.singly() for done in do(single)], do(together), calls


SHARED = """
network: {depth: 3, width: 4, activation: relu, bias: true}
data: {inputs: INPUTS, targets: TARGETS, samples: 6}
loss: LOSS
steps: 3
batch: 4
replicates: 3
sweep: {grid: {seed: [0, 1, 2], network.init: [he_normal, orthogonal, zeros], network.activation: [relu, tanh]}}
"""


@pytest.mark.parametrize(
    ("inputs", "targets", "loss"),
    [
        ("normal", "normal", "mse"),
        ("normal", "error", "mse"),
        ("uniform", "bits", "bce_with_logits"),
        ("normal", "classes", "{name: cross_entropy, reduction: none}"),
    ],
)
def test_cells_that_are_alike_share_a_stack_and_keep_their_bytes(inputs, targets, loss, monkeypatch):
    text = SHARED.replace("INPUTS", inputs).replace("TARGETS", targets).replace("LOSS", loss)
    alone, together, calls = alone_and_together(text, monkeypatch)
    assert together == alone
    assert calls == [9, 9]  # one for each activation


def test_written_samples_are_those_of_every_cell_of_a_stack(monkeypatch):
    text = "network: {widths: [2, 3, 1]}\ndata: {inputs: [[1, 2], [3, 4]], targets: [[1], [0]]}\nsweep: {grid: {seed: [0, 1]}}\n"
    alone, together, calls = alone_and_together(text, monkeypatch)
    assert together == alone
    assert calls == [2]


def test_a_cell_that_fails_fails_alone_though_it_shares_a_stack(monkeypatch):
    told = []
    cells = plan("network: {depth: 2, width: 3}\nsweep: {grid: {seed: [0, 1, 2]}}\n").experiment.cells
    (chunk,) = everything(cells)

    def fails_at_one(cell, replicates):
        if cell.seed == 1:
            raise ValueError("no")
        return start(cell, replicates)

    monkeypatch.setattr(alike, "start", fails_at_one)
    monkeypatch.setattr("yann.study.run.start", fails_at_one)
    assert [done.failure for done in do(chunk, told.append)] == ["", "ValueError: no", ""]
    assert sum(told) == 2
