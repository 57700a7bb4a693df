"""What came out of an audit: one table with a column for each oracle, and every number for those who read data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from yann.check.audit import Audited
from yann.check.oracles import EXACT, UNRESOLVED, WRONG, Agreement, Oracle
from yann.engine.network import Network
from yann.engine.objective import Objective
from yann.report.grid import Grid
from yann.report.numbers import counted, number, setting
from yann.report.prose import Prose
from yann.report.rows import Row, finite
from yann.study.cell import Experiment

HEADER = (
    "config", "cell", "at", "oracle", "version", "quantity", "layer", "verdict", "entries", "compared", "skipped", "absolute",
    "relative", "tolerance", "index", "yann", "oracle_value", "ulp", "slope_without", "slope_with", "remark",
)  # fmt: skip
AGREES, UNABLE = "agrees", "unable"
DIGITS = 7
MOST_WRONG = 24
"""Disagreements that a table shows one by one."""


@dataclass(frozen=True)
class AuditedCell:
    """One cell of a config, and what every oracle said of it."""

    experiment: Experiment
    answers: tuple[Audited, ...]

    @property
    def cell(self) -> int:
        """Give the number of the cell."""
        return self.answers[0].cell

    @property
    def network(self) -> Network:
        """Give the network."""
        return self.experiment.cells[self.cell].network

    @property
    def objective(self) -> Objective:
        """Give loss and reduction."""
        return self.experiment.cells[self.cell].objective

    @property
    def at(self) -> str:
        """Give the values of what is swept."""
        pairs = zip(self.experiment.headings, self.experiment.points[self.cell], strict=True)
        return ", ".join(f"{name} {setting(value)}" for name, value in pairs)

    @property
    def label(self) -> str:
        """Give config and cell."""
        return f"{self.experiment.name}, {self.at}" if self.at else self.experiment.name


def audit_rows(cells: Sequence[AuditedCell]) -> tuple[tuple[str, ...], list[Row]]:
    """Give the columns and a row for each quantity that an oracle was asked for, or for the oracle if it was unable."""
    return HEADER, [row for cell in cells for answer in cell.answers for row in _rows(cell, answer)]


def _rows(cell: AuditedCell, answer: Audited) -> Iterator[Row]:
    head: Row = [cell.experiment.name, cell.cell, cell.at, answer.oracle.name, answer.oracle.version()]
    if answer.unable:
        yield [*head, None, None, UNABLE, *([None] * 12), answer.unable]
    for each in answer.agreements:
        slopes: Row = [None, None] if each.slopes is None else [finite(slope) for slope in each.slopes]
        yield [
            *head, each.quantity, each.layer, each.verdict, each.entries, each.compared, each.skipped, finite(each.absolute),
            finite(each.relative), finite(each.tolerance), _index(each), finite(each.yann), finite(each.oracle), each.ulp,
            *slopes, each.remark,
        ]  # fmt: skip


def _index(each: Agreement) -> str:
    return f"[{', '.join(map(str, each.index))}]" if each.index else ""


def audit_tables(cells: Sequence[AuditedCell], width: int | None) -> Iterator[Grid | Prose]:
    """Walk the tables: every quantity of one cell, or a line for each of several; then what is wrong, and what is to be said."""
    oracles = [answer.oracle for answer in cells[0].answers]
    if len(cells) == 1:
        title = f"{cells[0].label}: the gradients of yann's backward pass against {counted(len(oracles), 'oracle')}"
        rows = tuple(_quantities(cells[0]))
    else:
        title = (
            f"The gradients of yann's backward pass in {counted(len(cells), 'cell')} against {counted(len(oracles), 'oracle')}"
        )
        rows = tuple((cell.label, *(_worst(answer) for answer in cell.answers)) for cell in cells)
    sums = tuple(_sums(cells))
    head = ("quantity" if len(cells) == 1 else "cell", *(_heading(oracle) for oracle in oracles))
    yield Grid(title, head, (*rows, *sums), _legend(cells, oracles), ends=frozenset({len(rows) - 1}))
    wrong = [(cell, answer, each) for cell in cells for answer in cell.answers for each in answer.wrong]
    if wrong:
        yield Prose("\n\n".join(_where_it_begins(cells)), width)
    with_numbers = [(cell, answer, each) for cell, answer, each in wrong if each.slopes is None]
    if with_numbers:
        yield _what_is_wrong(with_numbers, width)
    said = _said(cells)
    if said:
        yield Prose("\n\n".join(said), width)


def _heading(oracle: Oracle) -> str:
    """Give name and version in as many lines as are short."""
    return "\n".join(filter(None, [oracle.name.replace("-", "-\n"), oracle.version().partition("+")[0]]))


def _quantities(cell: AuditedCell) -> Iterator[tuple[str, ...]]:
    told = [{each.quantity: each for each in answer.agreements} for answer in cell.answers]
    for name in dict.fromkeys(name for found in told for name in found):
        yield name, *(_text(found[name]) if name in found else "" for found in told)


def _text(each: Agreement) -> str:
    if each.verdict in (EXACT, UNRESOLVED):
        return each.verdict
    if each.slopes is not None:
        told = " ".join(f"{slope:.2f}" if slope == slope else "–" for slope in each.slopes)  # noqa: PLR0124 - nan is not itself
    else:
        told = number(each.relative, 1)
    return f"{WRONG} {told}" if each.verdict == WRONG else told


def _worst(answer: Audited) -> str:
    """Give the largest difference of all quantities, or how many are wrong."""
    if answer.unable:
        return UNABLE
    if answer.wrong:
        return f"{WRONG} in {len(answer.wrong)}"
    slopes = [each.slopes[1] for each in answer.agreements if each.slopes is not None]
    if slopes:
        return f"{min(told):.2f}" if (told := [slope for slope in slopes if isfinite(slope)]) else "–"
    largest = max((each.relative for each in answer.agreements if each.verdict != UNRESOLVED), default=0.0)
    return number(largest, 1) if largest else EXACT


def _sums(cells: Sequence[AuditedCell]) -> Iterator[tuple[str, ...]]:
    """Walk the lines below: how many entries there are, were compared and were skipped, and the verdict of each oracle."""
    columns = list(zip(*(cell.answers for cell in cells), strict=True))
    sums = [
        {
            name: sum(getattr(each, name) for answer in column for each in answer.agreements)
            for name in ("entries", "compared", "skipped")
        }
        for column in columns
    ]
    yield "entries", *(f"{each['entries']:,}" for each in sums)
    yield "compared", *(f"{each['compared']:,}" for each in sums)
    yield "skipped", *(f"{each['skipped']:,}" for each in sums)
    yield "verdict", *(_verdict(column) for column in columns)


def _verdict(answers: Sequence[Audited]) -> str:
    if any(answer.wrong for answer in answers):
        return WRONG
    return UNABLE if all(answer.unable for answer in answers) else AGREES


def _legend(cells: Sequence[AuditedCell], oracles: Sequence[Oracle]) -> str:
    taylor = [oracle for oracle in oracles if oracle.name == "taylor"]
    others = len(oracles) > len(taylor)
    numbers = "a number is the largest |yann - oracle| as a part of the largest entry; exact: no bit differs" if others else ""
    slopes = "taylor: slopes of the remainder, 1.00 without yann's gradient and 2.00 with it if it is right" if taylor else ""
    seen = {each.quantity for cell in cells for answer in cell.answers for each in answer.agreements} if len(cells) == 1 else ()
    updates = counted(cells[0].answers[0].updates, "update")
    after = f"_after: after {updates} of the oracle's own optimizer" if any(name.endswith("_after") for name in seen) else ""
    return "; ".join(filter(None, [numbers, slopes, after]))


def _where_it_begins(cells: Sequence[AuditedCell]) -> list[str]:
    """Say where, from the loss down, a gradient is wrong first: what is wrong there makes all below it wrong."""
    found: dict[str, list[str]] = {}
    for cell in cells:
        for answer in cell.answers:
            if answer.wrong:
                found.setdefault(_first_wrong(cell, answer), []).append(answer.oracle.name)
    return [f"{sentence} (says {', '.join(dict.fromkeys(oracles))})." for sentence, oracles in found.items()]


def _first_wrong(cell: AuditedCell, answer: Audited) -> str:
    network, objective = cell.network, cell.objective
    if any(each.quantity == "loss" for each in answer.wrong):
        return f"The loss itself is another: compare what {objective} means, and the forward pass"
    layers = [each.layer for each in answer.wrong if each.layer and each.quantity[0] == "d"]
    if not layers:
        return "The gradients agree and the parameters after the updates do not: compare the optimizer's rule"
    first, last = max(layers), len(network.layers)
    slope = f"the slope of {network.layers[first - 1].activation}"
    if first == last:
        return (
            f"From the loss down, layer {first}, the last, is wrong first: look at the derivative of {objective} and at {slope}"
        )
    return (
        f"From the loss down, layer {first} is wrong first and layer {first + 1} still right: look at {slope}, and at what "
        f"carries the gradient from one to the other"
    )


def _what_is_wrong(wrong: Sequence[tuple[AuditedCell, Audited, Agreement]], width: int | None) -> Grid:
    rows = tuple(
        (
            cell.label, answer.oracle.name, each.quantity, _index(each), number(each.yann, DIGITS), number(each.oracle, DIGITS),
            number(each.absolute, 2), number(each.relative, 2), number(each.tolerance, 2), f"{each.ulp:,}" if each.ulp else "",
        )
        for cell, answer, each in wrong[:MOST_WRONG]
    )  # fmt: skip
    header = ("cell", "oracle", "quantity", "at", "yann", "the oracle's", "difference", "relative", "tolerance", "ulp")
    more = f"; -f csv shows {len(wrong) - MOST_WRONG:,} more" if len(wrong) > MOST_WRONG else ""
    caption = f"indices are counted from 0; weights are (in, out){more}"
    grid = Grid("Where they disagree most", header, rows, caption, left=4)
    return grid.fitted(width, "ulp", "tolerance", "cell", "difference")


def _said(cells: Sequence[AuditedCell]) -> list[str]:
    """Give what oracles remarked, each sentence once, with the quantities that it is about."""
    about: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        for answer in cell.answers:
            if answer.unable:
                about.setdefault((answer.oracle.name, answer.unable), []).append(cell.at)
            for each in answer.agreements:
                if each.remark and each.verdict != WRONG:
                    about.setdefault((answer.oracle.name, each.remark), []).append(each.quantity)
    sentences = []
    for (oracle, remark), names in about.items():
        few = list(dict.fromkeys(filter(None, names)))
        told = ", ".join(few[:6]) + (f" and {len(few) - 6} more" if len(few) > 6 else "")
        sentences.append(f"{oracle}{f', {told}' if told else ''}: {remark}.")
    return sentences
