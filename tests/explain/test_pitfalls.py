"""The pitfalls: that each of them goes wrong as it says, and is told as it should be."""

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.published import YANN_FULL
from yann.engine.network import Layer, Network
from yann.engine.objective import Objective
from yann.explain.notation import Notation
from yann.explain.pitfalls import PITFALLS, BroadcastLabels, KerasKernels, Momentum, ReLUAtZero, SaturatedBCE
from yann.explain.pitfalls.base import Finding, example, scene_of, yann_network
from yann.explain.quantities import quantity
from yann.parts.activations import ReLU, Sigmoid
from yann.parts.generators import NormalData, UniformData
from yann.parts.initializers import Normal
from yann.parts.losses import BinaryCrossEntropy, CrossEntropy, Huber, Output, SquaredError
from yann.parts.optimizers import SGD, Adam
from yann.parts.reductions import REDUCTIONS, BatchMean, Mean, PerSample, Sum
from yann.report.pitfalls import summary
from yann.study.cell import MadeData
from yann.study.run import start, walk

NAMES = tuple(PITFALLS)
FEW = {"rel": 1e-13, "abs": 1e-16}


@pytest.fixture(params=NAMES)
def pitfall(request):
    return PITFALLS[request.param]()


def told(cell, name, step=0, *, out_in=False):
    """Give a quantity of a cell."""
    return quantity(name).of(scene_of(cell, step, Notation(out_in=out_in)))


def drawn(objective, *, widths=(3, 4, 2), samples=5, replicates=1):
    """Give a cell with drawn weights, biases and data."""
    activations = [ReLU()] * (len(widths) - 2) + [Sigmoid()]
    sizes = zip(widths, widths[1:], activations, strict=False)
    layers = tuple(Layer(*size, Normal(), Normal(std=0.5)) for size in sizes)
    targets = UniformData() if objective.loss.probabilities else NormalData()
    base = example([[[0]]], [[0]], [[0]], objective=objective)
    return replace(base, network=Network(layers), data=MadeData(NormalData(), targets, samples), seed=7, replicates=replicates)


def after_steps(cell):
    """Give the first layer's weights after each step, a row a step."""
    params, _, batches = start(cell, range(1))
    return np.array([state.after[0].W[0].ravel() for state in walk(cell, params, batches) if state.after])


# Every pitfall


def test_every_pitfall_goes_wrong_in_something_that_is_shown(pitfall):
    assert any(found.differs for found in pitfall.findings())


def test_every_pitfall_says_why_and_how_to_avoid_it(pitfall):
    for sentences in (pitfall.why, pitfall.avoid):
        assert len(sentences.split()) > 15
        assert sentences[0].isupper()
        assert sentences.endswith(".")
        assert "\n" not in sentences


def test_what_goes_wrong_is_said_in_one_short_line(pitfall):
    assert 10 < len(pitfall.formula()) <= 30


def test_every_pitfall_comes_back_from_its_name(pitfall):
    assert str(pitfall) == pitfall.name
    assert PITFALLS[str(pitfall)]() == pitfall


@pytest.mark.parametrize(
    ("pitfall", "label"),
    [
        (BroadcastLabels((2, 1), (2,)), "broadcast_labels(predictions=(2, 1), labels=(2,))"),
        (Momentum("averaged"), "momentum(form=averaged)"),
        (ReLUAtZero(1.0), "relu_at_zero(slope=1.0)"),
        (SaturatedBCE("torch"), "saturated_bce(guard=torch)"),
    ],
)
def test_settings_are_in_the_label(pitfall, label):
    assert str(pitfall) == label


def test_the_telling_quantity_has_one_shape_and_differs(pitfall):
    first = next(found for found in pitfall.findings() if found.quantity == pitfall.telling)
    assert first.wrong.shape == first.right.shape
    assert first.differs


def test_a_mistake_leaves_the_honest_cell_as_it_was(pitfall):
    for _, cell in pitfall.cases():
        before = pitfall.observed(cell)
        wrong = pitfall.mistaken(cell)
        assert wrong != cell
        assert hash(wrong) == hash(pitfall.mistaken(cell))
        assert {name: M.tolist() for name, M in pitfall.observed(cell).items()} == {
            name: M.tolist() for name, M in before.items()
        }


def test_a_finding_knows_factors_and_where_it_is_worst():
    right = np.array([[1.0, -2.0], [0.0, 4.0]])
    assert Finding("", "", 3 * right, right).factor == pytest.approx(3, rel=1e-15)
    assert Finding("", "", right + 1, right).factor is None
    assert Finding("", "", right + np.array([[0, 0.1], [1e-9, 1]]), right).worst() == (1, 0)
    assert Finding("", "", np.array([1.0, np.nan, 9.0]), np.array([2.0, 1.0, 1.0])).worst() == (1,)
    assert not Finding("", "", right * (1 + 1e-15), right).differs
    assert Finding("", "", right[:1], right).differs


# Labels that broadcast


@pytest.fixture(scope="module")
def yann_pair():
    return yann_network(), BroadcastLabels((2, 1), (2,)).mistaken(yann_network())


def test_the_broadcast_yann_network_is_the_published_one(yann_pair):
    _, wrong = yann_pair
    assert told(wrong, "loss") == pytest.approx(0.8701123464601521, **FEW)
    assert told(wrong, "dZ2").ravel().tolist() == pytest.approx([0.13648867899262548, 0.13649306601679734], **FEW)
    row = [0.03767117810663249, 0.13430593933668974, 0.07698023352224899]
    assert told(wrong, "dW1", out_in=True)[0].tolist() == pytest.approx(row, **FEW)
    db1 = [0.16378773089840212, 0.19108766020901316, 0.15014061780880833]
    assert told(wrong, "db1").tolist() == pytest.approx(db1, **FEW)


def test_the_loss_of_the_broadcast_yann_network_looks_right_while_every_gradient_is_wrong(yann_pair):
    right, wrong = yann_pair
    assert told(right, "loss") == pytest.approx(0.870124846460152, **FEW)
    assert abs(told(wrong, "loss") - told(right, "loss")) < 2e-5
    assert told(right, "dW1", out_in=True)[0].tolist() == pytest.approx(YANN_FULL["dW"][0][0], **FEW)
    for name in ("dW1", "dW2", "db1", "db2", "dZ2", "dA2"):
        assert (np.abs(told(wrong, name) / told(right, name) - 1) > 0.2).all(), name


def test_without_shapes_it_is_the_classical_trap(yann_pair):
    assert told(BroadcastLabels().mistaken(yann_network()), "dW1").tolist() == told(yann_pair[1], "dW1").tolist()


def test_a_perfect_fit_is_pulled_to_the_mean_of_the_labels():
    """By hand: labels 0 … 4, so the loss is the mean of (i - j)², 4, and dZ_i = 2/5·(i - 2)."""
    line = [[0], [1], [2], [3], [4]]
    wrong = BroadcastLabels().mistaken(example([[[1]]], line, line))
    assert told(wrong, "loss") == 4
    assert told(wrong, "dZ1").ravel().tolist() == pytest.approx([-0.8, -0.4, 0, 0.4, 0.8])
    assert told(wrong, "losses").shape == (5, 5)


@pytest.mark.parametrize("loss", [SquaredError(), BinaryCrossEntropy(), Huber(0.3), Output()], ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_labels_of_one_number_a_sample_that_are_the_same_for_every_output_change_nothing(loss, reduction):
    objective = Objective(loss, REDUCTIONS[reduction]())
    X = [[0.1 * i, 1 - 0.3 * i] for i in range(7)]
    right = example([[[0.5, -1, 0.2], [0.3, 0.4, 1]]], X, [[i % 2] * 3 for i in range(7)], output=Sigmoid(), objective=objective)
    wrong = BroadcastLabels((7, 3), (7, 1)).mistaken(right)
    for name in ("loss", "losses", "dA1", "dZ1", "dW1"):
        assert told(wrong, name).tolist() == told(right, name).tolist(), name


def test_labels_that_vary_over_the_outputs_cannot_be_one_a_sample():
    cell = drawn(Objective(SquaredError()), widths=(2, 3), samples=7)
    with pytest.raises(ValueError, match="the same for every output"):
        scene_of(BroadcastLabels((7, 3), (7, 1)).mistaken(cell))


@pytest.mark.parametrize(
    ("predictions", "labels", "sentence"),
    [
        ((4, 2), (), "do not hold what there is, 5 samples × 2 outputs"),
        ((), (3,), "do not hold what there is"),
        ((5, 2), (10,), "predictions 5×2 and labels 10 do not broadcast"),
    ],
)
def test_shapes_that_cannot_meet_are_told(predictions, labels, sentence):
    cell = drawn(Objective(SquaredError()))
    with pytest.raises(ValueError, match=sentence):
        scene_of(BroadcastLabels(predictions, labels).mistaken(cell))


@pytest.mark.parametrize("loss", [SquaredError(), BinaryCrossEntropy()], ids=str)
def test_replicates_broadcast_each_for_itself(loss):
    cell = drawn(Objective(loss), replicates=3)
    wrong = BroadcastLabels().mistaken(cell)
    company = scene_of(wrong).state.gradients
    for r in range(3):
        params, _, batches = start(wrong, [r])
        alone = next(iter(walk(wrong, params, batches))).gradients
        assert all((one.dW[0] == many.dW[r]).all() for one, many in zip(alone, company, strict=True))


@pytest.mark.parametrize("reduction", [Mean(), Sum(), BatchMean(), PerSample()], ids=str)
@pytest.mark.parametrize("loss", [SquaredError(), BinaryCrossEntropy()], ids=str)
@pytest.mark.parametrize("shapes", [((), ()), ((5, 2), (5, 1, 2)), ((1, 10), (10, 1)), ((5, 1, 2), (5, 2))], ids=str)
def test_broadcast_gradients_are_those_of_torch(loss, reduction, shapes):
    torch = pytest.importorskip("torch")
    cell = drawn(Objective(loss, reduction))
    state = scene_of(BroadcastLabels(*shapes).mistaken(cell)).state
    W = [torch.tensor(theta.W[0], requires_grad=True) for theta in state.params]
    b = [torch.tensor(theta.b[0]) for theta in state.params]
    A = torch.sigmoid(torch.relu(torch.tensor(state.X[0]) @ W[0] + b[0]) @ W[1] + b[1])
    P, T = A.reshape(shapes[0] or (10, 1)), torch.tensor(state.Y[0]).reshape(shapes[1] or (10,))
    table = (P - T) ** 2 if isinstance(loss, SquaredError) else -T * torch.log(P) - (1 - T) * torch.log(1 - P)
    N, K = table.shape[0], table[0].numel()
    (table.sum() * {"mean": 1 / (N * K), "sum": 1, "batch_mean": 1 / N, "per_sample": 1 / K}[str(reduction)]).backward()
    for theirs, ours in zip(W, state.gradients, strict=True):
        np.testing.assert_allclose(ours.dW[0], theirs.grad.numpy(), rtol=1e-10, atol=1e-13)


def test_torch_warns_of_mse_and_refuses_bce():
    """As `avoid` says of it."""
    torch = pytest.importorskip("torch")
    with pytest.warns(UserWarning, match="broadcasting"):
        assert torch.nn.functional.mse_loss(torch.arange(5.0)[:, None], torch.arange(5.0)) == 4
    with pytest.raises(ValueError, match="different"):
        torch.nn.functional.binary_cross_entropy(torch.full((2, 1), 0.5), torch.ones(2))


# Kernels


def test_the_reread_yann_network_is_the_published_one():
    wrong = KerasKernels().mistaken(yann_network())
    assert told(wrong, "loss") == pytest.approx(0.8878587398133482, **FEW)
    assert told(wrong, "W2").tolist() == [[0.9, 0.6], [0.4, 0.3], [0.8, 0.7]]
    kernel2 = [
        [0.9005602624069298, 0.5968504321780527],
        [0.40028298604375495, 0.2984091673357935],
        [0.8008275468290892, 0.6953478676566269],
    ]
    np.testing.assert_allclose(told(wrong, "W2_after"), kernel2, rtol=1e-14)


def test_weights_that_are_drawn_are_reread_too():
    right = drawn(Objective(SquaredError()), widths=(4, 3, 2))
    wrong = KerasKernels().mistaken(right)
    for name, shape in (("W1", (4, 3)), ("W2", (3, 2))):
        honest = told(right, name)
        assert told(wrong, name).tolist() == honest.T.ravel().reshape(shape).tolist()
        assert told(wrong, name).tolist() != honest.tolist()


# Sums


@pytest.mark.parametrize(("name", "factor"), [("half", 0.5), ("keras_sum", 1 / 3), ("tape_sum", 3)])
def test_a_mistaken_factor_is_found_everywhere(name, factor):
    found = [found for found in PITFALLS[name]().findings() if found.quantity == "dW1"]
    assert [each.factor for each in found] == [pytest.approx(factor, rel=1e-14)]


def test_a_tape_adds_up_the_rows_of_the_jacobian():
    """By hand: one layer, so ∂ŷ_j/∂w_ij = x_i, and the sum over samples is that of the columns of X."""
    found = next(PITFALLS["tape_sum"]().findings())
    assert found.wrong.tolist() == [[4, 4], [2, 2]]
    assert found.right.sum(axis=0).tolist() == found.wrong.ravel().tolist()
    assert found.right.shape == (6, 4)


def test_losses_kept_of_a_batch_mean_are_sums_over_features():
    right = drawn(Objective(SquaredError(), BatchMean()))
    wrong = PITFALLS["tape_sum"]().mistaken(right)
    np.testing.assert_allclose(told(wrong, "dW1"), 5 * told(right, "dW1"), rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "objective", "sentence"),
    [
        ("half", Objective(Huber()), "half: the mistake is about mse, and the loss is huber"),
        ("keras_sum", Objective(SquaredError()), "about the reduction sum, and the loss has mean"),
        ("tape_sum", Objective(SquaredError(), Sum()), "sum is no mean over samples"),
        ("saturated_bce", Objective(SquaredError()), "about bce after a sigmoid, and here mse follows"),
        ("broadcast_labels", Objective(CrossEntropy()), "cross_entropy has one loss a sample"),
    ],
)
def test_a_mistake_that_cannot_be_made_is_told(name, objective, sentence):
    cell = replace(yann_network(), objective=objective)
    with pytest.raises(ValueError, match=sentence):
        PITFALLS[name]().mistaken(cell)


def test_without_relu_or_momentum_there_is_nothing_to_mistake():
    linear = example([[[1]]], [[1]], [[0]])
    with pytest.raises(ValueError, match="no layer of the network is relu"):
        ReLUAtZero().mistaken(linear)
    for optimizer in (SGD(), Adam(), SGD(0.1, 0.9, nesterov=True)):
        with pytest.raises(ValueError, match="sgd with momentum and without nesterov"):
            Momentum().mistaken(replace(linear, optimizer=optimizer))


# Momentum


BY_HAND = {
    # every gradient is 1, μ = 0.9, and the weight starts at 1; torch's v: 1, 1.9, 2.71, 3.439
    "torch": [0.9, 0.71, 0.6829, 0.64851],
    "keras": [0.9, 0.71, 0.529, 0.3561],  # v: -0.1, -0.19, -0.171 - 0.01, -0.1629 - 0.01
    "averaged": [0.99, 0.971, 0.96829, 0.964851],
}


@pytest.fixture(scope="module")
def falling():
    return next(cell for case, cell in Momentum().cases() if "from the third" in case)


@pytest.mark.parametrize("form", ["keras", "averaged"])
def test_the_forms_of_momentum_are_as_worked_out_by_hand(form, falling):
    assert after_steps(falling)[:, 0].tolist() == pytest.approx(BY_HAND["torch"], rel=1e-14)
    assert after_steps(Momentum(form).mistaken(falling))[:, 0].tolist() == pytest.approx(BY_HAND[form], rel=1e-14)


@pytest.fixture
def steady():
    """Give a cell of six steps at a constant rate, every weight of which moves in every step."""
    cell = replace(drawn(Objective(SquaredError())), optimizer=SGD(0.1, 0.9), steps=6)
    assert (np.diff(after_steps(cell), axis=0) != 0).all()
    return cell


def test_with_a_constant_rate_keras_and_torch_agree(steady):
    np.testing.assert_allclose(after_steps(Momentum("keras").mistaken(steady)), after_steps(steady), rtol=1e-12)


def test_the_averaged_form_is_a_smaller_rate(steady):
    smaller = replace(steady, optimizer=SGD(0.1 * (1 - 0.9), 0.9))
    averaged = after_steps(Momentum("averaged").mistaken(steady))
    np.testing.assert_allclose(averaged, after_steps(smaller), rtol=1e-12)
    assert not np.allclose(averaged, after_steps(steady), rtol=1e-4)


def in_torch(cell, rates):
    """Give the first layer's weights after each step of torch's SGD on the cell's network."""
    torch = pytest.importorskip("torch")
    state = scene_of(cell).state
    parameters = [torch.tensor(M, requires_grad=True) for theta in state.params for M in (theta.W[0], theta.b[0])]
    optimizer = torch.optim.SGD(parameters, lr=1, momentum=0.9)
    after = []
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        W1, b1, W2, b2 = parameters
        A = torch.sigmoid(torch.relu(torch.tensor(state.X[0]) @ W1 + b1) @ W2 + b2)
        torch.nn.functional.mse_loss(A, torch.tensor(state.Y[0])).backward()
        optimizer.step()
        after.append(W1.detach().numpy().ravel().copy())
    return np.array(after)


def test_the_honest_form_is_that_of_torch_under_a_falling_rate(falling, steady):
    cell = replace(steady, optimizer=falling.optimizer, steps=4)
    theirs = in_torch(cell, [0.1, 0.1, 0.01, 0.01])
    np.testing.assert_allclose(after_steps(cell), theirs, rtol=1e-10)
    wrong = after_steps(Momentum("keras").mistaken(cell))
    np.testing.assert_allclose(wrong[:2], theirs[:2], rtol=1e-10)
    assert (np.abs(wrong[2:] - theirs[2:]) > 1e-6).all()


def test_dampening_in_torch_is_the_averaged_form_but_for_the_first_step():
    """As `avoid` says: by hand, with gradients of 1, v is 1, then 0.9·v + 0.1 and so 1 for good."""
    torch = pytest.importorskip("torch")
    w = torch.ones(1, requires_grad=True, dtype=torch.float64)
    optimizer = torch.optim.SGD([w], lr=0.1, momentum=0.9, dampening=0.9)
    for _ in range(2):
        optimizer.zero_grad()
        w.sum().backward()
        optimizer.step()
    assert w.item() == pytest.approx(1 - 0.1 - 0.1)
    assert BY_HAND["averaged"][0] == pytest.approx(1 - 0.1 * 0.1)
    assert optimizer.state[w]["momentum_buffer"] == pytest.approx(1.0)


# ReLU at 0


@pytest.mark.parametrize(
    ("slope", "relu"),
    [
        (0.0, lambda torch, Z: torch.relu(Z)),
        (0.5, lambda torch, Z: torch.maximum(Z, torch.zeros_like(Z))),
        (1.0, lambda torch, Z: torch.clamp(Z, min=0)),
        (1.0, lambda torch, Z: torch.where(Z >= 0, Z, 0)),
    ],
    ids=["relu", "maximum", "clamp", "mask"],
)
def test_the_slopes_at_zero_are_those_of_torch(slope, relu):
    torch = pytest.importorskip("torch")
    _, cell = next(iter(ReLUAtZero().cases()))
    state = scene_of(ReLUAtZero(slope).mistaken(cell)).state
    W1, W2 = (torch.tensor(theta.W[0], requires_grad=True) for theta in state.params)
    A = relu(torch, torch.tensor(state.X[0]) @ W1) @ W2
    torch.nn.functional.mse_loss(A, torch.tensor(state.Y[0])).backward()
    np.testing.assert_array_equal(state.gradients[0].dW[0], W1.grad.numpy())


def test_the_slope_at_zero_moves_only_what_is_at_zero():
    right = drawn(Objective(SquaredError()))
    assert told(ReLUAtZero(1.0).mistaken(right), "dW1").tolist() == told(right, "dW1").tolist()


# BCE after a saturated sigmoid


def test_a_saturated_sigmoid_fakes_a_vanished_gradient():
    _, cell = next(iter(SaturatedBCE().cases()))
    assert told(cell, "dZ1").tolist() == [[1, -1, -1]]
    assert told(cell, "loss") == 880
    clipped = SaturatedBCE("keras").mistaken(cell)
    assert np.abs(told(clipped, "dZ1")).max() == 0
    assert told(clipped, "loss") == pytest.approx(-3 * np.log(1e-7), rel=1e-8)
    with np.errstate(all="ignore"):
        bare = SaturatedBCE("none").mistaken(cell)
        assert np.isnan(told(bare, "dZ1")).tolist() == [[True, False, True]]
        assert told(bare, "loss") == np.inf


def test_torch_guards_as_it_is_said_to():
    torch = pytest.importorskip("torch")
    _, cell = next(iter(SaturatedBCE().cases()))
    Z = torch.tensor([[40.0, -40.0, -800.0]], dtype=torch.float64, requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy(torch.sigmoid(Z), torch.tensor([[0.0, 1, 1]], dtype=Z.dtype), reduction="sum")
    loss.backward()
    with np.errstate(all="ignore"):
        wrong = SaturatedBCE("torch").mistaken(cell)
        assert told(wrong, "loss") == pytest.approx(loss.item(), rel=1e-12)
        np.testing.assert_allclose(told(wrong, "dZ1"), Z.grad.numpy(), rtol=1e-6)  # its 1e-12 is a single-precision number


@pytest.mark.parametrize("guard", ["none", "keras", "torch"])
def test_where_nothing_is_saturated_the_way_through_probabilities_is_right(guard):
    right = drawn(Objective(BinaryCrossEntropy(), PerSample()))
    wrong = SaturatedBCE(guard).mistaken(right)
    for name in ("loss", "dW1", "dA2"):
        np.testing.assert_allclose(told(wrong, name), told(right, name), rtol=1e-10)


@pytest.mark.parametrize(("dtype", "last"), [(np.float64, 37), (np.float32, 17)])
def test_where_a_sigmoid_rounds_to_one(dtype, last):
    """As `avoid` says of a library that computes in the precision it is given; yann rounds once, in single a third later."""
    one = dtype(1)
    assert one / (one + np.exp(dtype(-last))) == one
    assert one / (one + np.exp(dtype(1 - last))) < one
    assert Sigmoid().f(np.array([last + 1], dtype))[0] == one


# First weights


def test_the_default_of_torch_keeps_a_sixth_of_the_mean_square_a_layer():
    found = {found.quantity: found for found in PITFALLS["default_init"]().findings()}
    for name, layers in (("A30 std", 30), ("dZ1 rms", 29)):
        decades = np.log10(found[name].wrong / found[name].right)
        assert decades == pytest.approx(-layers / 2 * np.log10(6), abs=1), name
    assert 0.1 < found["A30 std"].right < 10


def test_biases_are_drawn_as_torch_draws_them():
    wrong = PITFALLS["default_init"]().mistaken(drawn(Objective(SquaredError()), widths=(400, 300, 2)))
    for name in ("W1", "b1"):
        assert np.abs(told(wrong, name)).max() <= 1 / 20
        assert told(wrong, name).std() == pytest.approx(1 / 20 / np.sqrt(3), rel=0.1)


# The command


def command(*arguments, columns="80"):
    """Run `yann pitfall`."""
    return subprocess.run(
        [sys.executable, "-m", "yann", "pitfall", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={"COLUMNS": columns, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
    )


def test_the_summary_has_a_line_for_each_pitfall_in_eighty_columns():
    done = command("-f", "table")
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines[3 : 3 + len(PITFALLS)]] == list(PITFALLS)
    assert "yann pitfall NAME" in lines[3 + len(PITFALLS)]


def test_the_summary_tells_wrong_from_right():
    rows = summary([part() for _, part in PITFALLS.items()]).rows
    assert len(rows) == len(PITFALLS)
    assert all(wrong != right for *_, wrong, right in rows)


def test_a_pitfall_by_name_is_told_whole():
    done = command("broadcast_labels", "-f", "table")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for part in ("0.8701123465", "0.8701248465", "0.03767", "0.003171", "Why. ", "How to avoid it. "):
        assert part in done.stdout
    flowing = " ".join(done.stdout.split())
    assert BroadcastLabels.why in flowing
    assert BroadcastLabels.avoid in flowing
    assert "{name: broadcast_labels, predictions: [2, 1], labels: [2]}" in flowing


@pytest.mark.parametrize("name", NAMES)
def test_every_story_fits_eighty_columns(name):
    done = command(name, "-f", "table")
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_in_a_pipe_it_is_csv_with_every_digit():
    done = command("broadcast_labels")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == ["pitfall", "case", "quantity", "row", "column", "wrong", "right"]
    assert {row["pitfall"] for row in rows} == {"broadcast_labels"}
    entry = next(row for row in rows if (row["quantity"], row["row"], row["column"]) == ("dW1", "0", "1"))
    assert float(entry["wrong"]) == pytest.approx(0.13430593933668974, **FEW)
    assert len(entry["wrong"]) > 15


def test_all_of_them_are_rows_of_one_csv():
    rows = list(csv.DictReader(io.StringIO(command().stdout)))
    assert {row["pitfall"] for row in rows} == set(PITFALLS)


def test_json_says_why_too_and_holds_nothing_but_json():
    done = command("saturated_bce", "-f", "json")
    rows = json.loads(done.stdout, parse_constant=pytest.fail)
    assert {"why", "avoid"} <= rows[0].keys()
    assert rows[0]["why"] == SaturatedBCE.why
    assert any(row["wrong"] is None for row in rows)  # nan
    assert [json.loads(line) for line in command("saturated_bce", "-f", "jsonl").stdout.splitlines()] == rows


def test_an_unknown_name_is_told_with_the_nearest():
    done = command("broadcast_label")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no pitfall 'broadcast_label'; did you mean broadcast_labels?" in done.stderr
    assert "keras_kernels" in command("xyz").stderr


def test_in_markdown_matrices_are_blocks_of_code():
    done = command("half", "-f", "md")
    assert done.returncode == 0
    assert "```\nloss wrong" in done.stdout
