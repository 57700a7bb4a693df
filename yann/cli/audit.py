"""What `yann check --against` does: ask oracles about the gradients of configs."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import typer

from yann.cli.options import Color, Format
from yann.cli.output import note, room_for, show_rows
from yann.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yann.check.oracles import Oracle
    from yann.config.load import Plan
    from yann.report.audit import AuditedCell

FAILED = 1
EVERY = "all"
EVERY_SECONDS = 10
"""Between two lines that say how far an audit is."""


def audit_plans(plans: Sequence[Plan], against: str, cell: int | None, form: Format, color: Color, *, quiet: bool) -> None:
    """Compare the gradients of every cell with those of the oracles, and leave with 1 if one is wrong.

    Raises:
        UsageError: if there is no such oracle or cell, or the library of an oracle is not installed.

    """
    from yann.report.audit import audit_rows, audit_tables
    from yann.report.numbers import counted

    oracles = _oracles(against, quiet=quiet)
    cells = list(_audited(plans, oracles, cell, quiet=quiet))
    show_rows(*audit_rows(cells), lambda: list(audit_tables(cells, room_for(form))), form, color)
    answers = [answer for each in cells for answer in each.answers]
    found = [each for answer in answers for each in answer.agreements]
    wrong, skipped = sum(len(answer.wrong) for answer in answers), sum(each.skipped for each in found)
    compared = f"{counted(len(found), 'comparison')} of {counted(sum(each.compared for each in found), 'entry')}"
    verdict = f"{wrong:,} wrong" if wrong else "none wrong" if found else "no oracle was able to answer"
    note(f"{compared}, {skipped:,} skipped: {verdict}", quiet=quiet)
    if wrong:
        raise typer.Exit(FAILED)


def _oracles(against: str, *, quiet: bool) -> list[Oracle]:
    """Give the oracles that are named, or all whose libraries are there."""
    from yann.check.oracles import ORACLES
    from yann.registry import offered
    from yann.text import visible

    if against.strip() == EVERY:
        missing = {name: part.missing() for name, part in ORACLES.items() if part.missing()}
        if missing:
            note(f"not installed, so not asked: {', '.join(missing)}; pip install 'yann[oracles]' brings all", quiet=quiet)
        return [part() for name, part in ORACLES.items() if name not in missing]
    names = list(dict.fromkeys(name.strip() for name in against.split(",") if name.strip()))
    if not names:
        raise UsageError(f"--against: name oracles, with commas between them: {', '.join(ORACLES)}; or all")
    for name in names:
        if name not in ORACLES:
            raise UsageError(f"--against: no oracle '{visible(name)}'; {offered(name, ORACLES)}, and all")
    for name in names:
        ORACLES[name].check_libraries()
    return [ORACLES[name]() for name in names]


def _audited(plans: Sequence[Plan], oracles: Sequence[Oracle], cell: int | None, *, quiet: bool) -> Iterator[AuditedCell]:
    from yann.check.audit import audit
    from yann.cli.one_cell import check_cell
    from yann.report.audit import AuditedCell

    if cell is not None:
        for plan in plans:
            check_cell(plan.experiment, cell)
    total = sum(len(plan.experiment.cells) if cell is None else 1 for plan in plans)
    done, told = 0, monotonic()
    for plan in plans:
        cells = plan.experiment.cells
        for answers in audit(cells, oracles, range(len(cells)) if cell is None else [cell]):
            yield AuditedCell(plan.experiment, answers)
            done += 1
            if done < total and monotonic() - told > EVERY_SECONDS:
                told = monotonic()
                note(f"{done:,} of {total:,} cells", quiet=quiet)
