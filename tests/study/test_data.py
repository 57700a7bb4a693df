"""Data: what targets a loss takes, how batches go through the samples, and what counts as predicted right."""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases import cell_of, drawn
from yann.engine.network import init_params
from yann.engine.objective import Objective
from yann.errors import DataError
from yann.parts.activations import ACTIVATIONS, Identity, Sigmoid, Tanh
from yann.parts.generators import GENERATORS, FixedError, NormalData
from yann.parts.losses import LOSSES, SquaredError
from yann.parts.reductions import REDUCTIONS
from yann.study.cell import MadeData, Matrix
from yann.study.data import Batches, Data, accuracy, outputs_of, prepare, target_kind, target_rows
from yann.study.metrics import METRICS
from yann.study.run import run

MSE, BCE, CE = LOSSES["mse"](), LOSSES["bce"](), LOSSES["cross_entropy"]()
MEASURE = [metric() for _, metric in METRICS.items()]
EYE = np.eye(3)

# targets, outputs, loss → rows
ACCEPTED = {
    "rows of numbers": ([[1.5, -2], [0, 3]], 2, MSE, [[1.5, -2], [0, 3]]),
    "one column for one output": ([[1.5], [2]], 1, MSE, [[1.5], [2]]),
    "a vector for one output": ([1.5, 2], 1, MSE, [[1.5], [2]]),
    "a vector of bits for one output": ([1, 0], 1, BCE, [[1], [0]]),
    "class indices for squared errors": ([2, 0], 3, MSE, EYE[[2, 0]]),
    "class indices for probabilities": ([2, 0], 3, BCE, EYE[[2, 0]]),
    "class indices": ([2, 0], 3, CE, EYE[[2, 0]]),
    "a column of class indices": ([[2], [0]], 3, CE, EYE[[2, 0]]),
    "one-hot rows": (EYE[[2, 0]], 3, CE, EYE[[2, 0]]),
    "distributions": ([[0.5, 0.5], [0.25, 0.75]], 2, CE, [[0.5, 0.5], [0.25, 0.75]]),
    "probabilities": ([[0.5, 1], [0, 0.75]], 2, BCE, [[0.5, 1], [0, 0.75]]),
    "the only class, one-hot": ([[1], [1]], 1, CE, [[1], [1]]),
}
# targets, outputs, loss → what the sentence names
REFUSED = {
    "fewer columns than outputs": ([[1.0, 2], [3, 4]], 3, MSE, "2 columns, but the network has 3 outputs"),
    "more columns than outputs": ([[1.0, 2], [3, 4]], 1, MSE, "2 columns, but the network has 1 outputs"),
    "one column for several outputs": ([[1.0], [0]], 2, MSE, "1 columns"),
    "one column of bits for several outputs": ([[1.0], [0]], 2, BCE, "1 columns"),
    "as many samples as outputs in a vector": ([0.5, 0.25, 0.125], 3, MSE, "row 1 of the targets is 0.5"),
    "a class too many": ([0, 3], 3, CE, "row 2 of the targets is 3"),
    "a negative class": ([0, -1], 3, CE, "row 2 of the targets is -1"),
    "half a class": ([[0.5], [1]], 3, CE, "row 1 of the targets is 0.5"),
    "rows that are no distributions": ([[1.0, 1, 0], [0, 0, 1]], 3, CE, "row 1"),
    "rows with a negative entry": ([[0, 0, 1.0], [2, -1, 0]], 3, CE, "row 2"),
    "numbers above 1 as probabilities": ([[0.5, 1], [0, 1.5]], 2, BCE, "row 2, column 2 is 1.5"),
    "numbers below 0 as probabilities": ([[0.5, -1], [0, 1]], 2, BCE, "row 1, column 2 is -1"),
    "two columns of distributions for three outputs": ([[0.5, 0.5]], 3, CE, "2 columns"),
}


@pytest.mark.parametrize("case", ACCEPTED.values(), ids=ACCEPTED)
def test_targets_that_a_loss_takes_become_rows(case):
    targets, k, loss, expected = case
    rows = target_rows(np.array(targets), k, loss)
    assert rows.shape == (len(targets), k)
    assert rows.tolist() == np.array(expected, dtype=float).tolist()


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_targets_that_a_loss_cannot_take_are_refused_and_never_broadcast(case):
    targets, k, loss, named = case
    with pytest.raises(DataError, match=named):
        target_rows(np.array(targets), k, loss)


def test_predictions_of_one_column_against_a_vector_of_labels_are_no_square():
    """(5, 1) against (5,) broadcasts to (5, 5), and gives 4.0 where the right mean squared error is 0.0."""
    labels = np.array([1.0, 2, 3, 4, 5])
    rows = target_rows(labels, 1, MSE)
    assert MSE.f(labels[:, None], rows).shape == (5, 1)
    assert (MSE.f(labels[:, None], rows) == 0).all()


def test_the_only_class_can_be_given_by_its_index():
    assert target_rows(np.array([0, 0]), 1, CE).tolist() == [[1], [1]]


@pytest.mark.parametrize(
    ("targets", "loss", "outputs"),
    [
        ([[1.0, 2]], MSE, 2),
        ([[1.0], [2]], MSE, 1),
        ([0, 4, 1], CE, 5),
        ([[0], [4]], CE, 5),
        ([0, 0], CE, 2),
        (EYE, CE, 3),
        ([0, 2], MSE, 3),
    ],
)
def test_targets_say_how_many_outputs_there_are(targets, loss, outputs):
    assert outputs_of(np.array(targets), loss) == outputs


# Batches


def batches_of(N, size, replicates=(0,), *, shared=True, seed=0):
    """Give the batches of N numbered samples."""
    X = np.arange(N, dtype=float)[None, :, None] + (0 if shared else 1000 * np.array(replicates, dtype=float)[:, None, None])
    return Batches(Data(X, -X, None, None, "values"), size, tuple((seed, r) for r in replicates))


@pytest.mark.parametrize(("N", "size"), [(10, 3), (10, 5), (10, 1), (7, 6), (6, 4), (1, 1), (4, 3)])
@pytest.mark.parametrize("shared", [True, False])
def test_each_epoch_visits_every_sample_once(N, size, shared):
    batches = batches_of(N, size, (0, 1, 2), shared=shared)
    per_epoch = -(-N // size)
    for epoch in range(3):
        parts = [batches[epoch * per_epoch + i] for i in range(per_epoch)]
        seen = np.concatenate([np.broadcast_to(X, (3, *X.shape[1:])) for X, _ in parts], axis=1)
        for r in range(3):
            assert sorted(seen[r, :, 0] % 1000) == list(range(N))
        assert all((Y == -X).all() for X, Y in parts)
        sizes = [X.shape[1] for X, _ in parts]
        assert sizes == [size] * (N // size) + [N % size] * bool(N % size)


def test_each_epoch_and_each_replicate_has_an_order_of_its_own():
    batches = batches_of(50, 50 // 2, range(4))
    first = [batches[t][0][r, :, 0].tobytes() for t in range(8) for r in range(4)]
    assert len(set(first)) == 32


def test_without_a_batch_size_all_samples_come_in_their_own_order():
    for size in (None, 10, 11):
        X, _ = batches_of(10, size)[3]
        assert X[0, :, 0].tolist() == list(range(10))


def test_another_replicate_changes_no_batch():
    few, many = batches_of(20, 6, (0, 1)), batches_of(20, 6, range(5))
    for t in range(9):
        assert few[t][0].tobytes() == many[t][0][:2].tobytes()
    assert batches_of(20, 6, (3,))[4][0].tobytes() == many[4][0][3:4].tobytes()


def test_another_batch_size_deals_the_same_order():
    for_fours = np.concatenate([batches_of(12, 4)[t][0] for t in range(3)], axis=1)
    for_sixes = np.concatenate([batches_of(12, 6)[t][0] for t in range(2)], axis=1)
    assert (for_fours == for_sixes).all()


def test_the_last_and_smaller_batch_is_reduced_by_its_own_size():
    """Mean gradients of 4 + 2 samples are means of 4 and of 2."""
    cell = cell_of(Identity(), Objective(SquaredError()), 1, batch=4, steps=1)
    ones = MadeData(GENERATORS["ones"](), FixedError(value=1.0), 6)
    result = run(replace(cell, data=ones, optimizer=replace(cell.optimizer, lr=1e-300)), MEASURE, range(2))
    np.testing.assert_allclose(result.metrics["dW_norm"][0], result.metrics["dW_norm"][1], rtol=1e-12)


# Made data


def test_a_fixed_error_makes_every_error_the_same():
    cell = cell_of(Tanh(), Objective(SquaredError()), 5)
    cell = replace(cell, data=replace(cell.data, targets=FixedError(value=0.25)))
    result = run(cell, MEASURE, range(2))
    np.testing.assert_allclose(result.loss, 0.0625, rtol=1e-13)


@pytest.mark.parametrize("name", [name for name, part in GENERATORS.items() if not part.targets_only])
def test_inputs_come_from_seed_and_replicate_and_nothing_else(name):
    cell = cell_of(Tanh(), Objective(SquaredError()), 5)
    cell = replace(cell, data=MadeData(GENERATORS[name](), NormalData(), 6))
    _, X, Y = drawn(replace(cell, replicates=4))
    _, X_few, Y_few = drawn(cell)
    assert X[:2].tobytes() == X_few.tobytes()
    assert Y[:2].tobytes() == Y_few.tobytes()
    _, single, _ = drawn(replace(cell, dtype="float32"))
    assert single.tobytes() == X_few.astype(np.float32).tobytes()


def test_written_matrices_are_shared_by_all_replicates():
    cell = cell_of(Tanh(), Objective(SquaredError()), 5)
    widths = cell.network.widths
    rows = tuple(tuple(float(i + j) for j in range(widths[0])) for i in range(3))
    targets = tuple(tuple(float(i - j) for j in range(widths[-1])) for i in range(3))
    cell = replace(cell, data=MadeData(Matrix(rows), Matrix(targets), 3))
    data = prepare(cell, init_params(cell.network, 0, range(2), "float64"), range(2))
    assert data.X.tolist() == [list(map(list, rows))]
    assert data.Y[0].tolist() == list(map(list, targets))


# Accuracy


def test_a_class_is_predicted_right_if_its_output_is_the_largest():
    Y_hat = np.array([[[0.1, 3, 2], [5, 4, 4.9], [-1, -3, -2], [0, 0, 1]]])
    Y = np.array([[[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1.0]]])
    assert accuracy(Y_hat, Y, "classes", CE).tolist() == [0.75]


def test_a_bit_is_predicted_right_by_rounding_a_probability_or_by_the_sign_of_a_logit():
    Y = np.array([[[1, 0], [1, 1.0]]])
    assert accuracy(np.array([[[0.9, 0.4], [0.3, 0.6]]]), Y, "bits", BCE).tolist() == [0.75]
    assert accuracy(np.array([[[0.1, -0.4], [-0.3, 0.6]]]), Y, "bits", LOSSES["bce_with_logits"]()).tolist() == [0.75]


def test_each_replicate_has_an_accuracy_of_its_own():
    Y_hat = np.array([[[1.0, 0]], [[0, 1.0]]])
    assert accuracy(Y_hat, np.array([[[1.0, 0]]]), "classes", MSE).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("loss", "targets", "kind"),
    [
        ("mse", NormalData(), "values"),
        ("mse", GENERATORS["bits"](), "bits"),
        ("bce", GENERATORS["bits"](), "bits"),
        ("bce", GENERATORS["uniform"](), "values"),
        ("mse", GENERATORS["classes"](), "classes"),
        ("cross_entropy", GENERATORS["classes"](), "classes"),
        ("mse", Matrix(((0.5, 1.0), (0.0, 1.0))), "values"),
        ("mse", Matrix(((0.0, 1.0), (1.0, 0.0))), "classes"),
        ("mse", Matrix(((1.0, 1.0), (1.0, 0.0))), "bits"),
        ("mse", Matrix(((1.0, 1.0), (1.0, 1.0))), "values"),
    ],
)
def test_what_targets_are_decides_whether_there_is_an_accuracy(loss, targets, kind):
    cell = cell_of(Sigmoid(), Objective(LOSSES[loss]()), 7)
    layers = (*cell.network.layers[:-1], replace(cell.network.layers[-1], fan_out=2, scale=None))
    cell = replace(cell, network=replace(cell.network, layers=layers), data=MadeData(NormalData(), targets, 2))
    assert target_kind(cell) == kind
    assert (run(cell, MEASURE, range(2)).accuracy is None) == (kind == "values")


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_training_makes_the_loss_fall_under_every_reduction(reduction):
    cell = cell_of(ACTIVATIONS["tanh"](), Objective(SquaredError(), REDUCTIONS[reduction]()), 9, steps=30, batch=4)
    result = run(cell, MEASURE, range(2))
    assert (result.loss[-6:].mean(axis=0) < result.loss[:6].mean(axis=0)).all()
