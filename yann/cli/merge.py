"""The command `yann merge`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from yann.cli.conduct import carry_out
from yann.cli.options import Color, ColorOption, Format, FormatOption, Out, Quiet
from yann.cli.output import chosen
from yann.cli.resume import add_difference, home_of, journal_of, planned
from yann.cli.wishes import Wishes
from yann.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from yann.report.journal import Journal


def merge(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of all shards of one config.")],
    form: FormatOption = Format.auto,
    out: Out = Path("outputs"),
    quiet: Quiet = False,
    color: ColorOption = Color.auto,
) -> None:
    """Join the shards of a sweep into one run, whose files are those that one machine would have written.

    Example: yann merge outputs/depth/*/
    """
    from yann.report.files import JOURNAL, new_run
    from yann.report.journal import new_journal

    journals: list[Journal] = []
    try:
        for run in dict.fromkeys(home_of(path) for path in runs):
            if not (run / JOURNAL).exists():
                raise UsageError(f"{run}: no shard of a run; it would have a journal")
            journals.append(journal_of(run))
        _check_alike(journals)
        head = {**journals[0].head, "shard": [1, 1], "cache": False}  # all that there is stands in the shards
        plan = planned(journals[0].path.parent, journals[0])
        _check_complete(journals, len(plan.experiment.cells))
        folder = new_run(out, plan.experiment.name, plan.experiment.cells[0].seed)
        whole = new_journal(folder.path / JOURNAL, head)
        for journal in journals:
            for piece in sorted(journal.places):
                whole.append([journal.read(piece)])
    finally:
        for journal in journals:
            journal.close()
    wishes = Wishes(
        form=chosen(form, Format.csv), color=color, out=out, quiet=quiet, plots=head["plots"], plot_format=head["plot_format"],
        metric=head["metric"], fail_fast=False, jobs=1, executor="serial",
    )  # fmt: skip
    raise typer.Exit(carry_out(plan, folder, lambda: whole, wishes))


def _check_alike(journals: Sequence[Journal]) -> None:
    first, names = journals[0], journals[0].path.parent
    for other in journals[1:]:
        if other.head["engine"] != first.head["engine"]:
            engines = f"{other.head['engine']} and {first.head['engine']}"
            raise UsageError(
                f"{other.path.parent}: done with another engine of yann than {names} ({engines}); run one of them anew"
            )
        if other.head["resolved"] != first.head["resolved"]:
            error = UsageError(f"{other.path.parent}: another config than {names}; only shards of one config can be joined:")
            add_difference(error, first.head["resolved"], other.head["resolved"], str(names), str(other.path.parent))
            raise error
        if changed := sorted({path for path, _ in first.head["data"].items() ^ other.head["data"].items()}):
            raise UsageError(f"{other.path.parent}: read other data than {names} from {changed[0]}; shards need the same files")


def _check_complete(journals: Sequence[Journal], cells: int) -> None:
    """Check that every shard is there and whole.

    Raises:
        UsageError: if some cells are in none of them.

    """
    there = {piece.cell for journal in journals for piece in journal.places}
    lacking = [index for index in range(cells) if index not in there]
    if lacking:
        few = ", ".join(map(str, lacking[:5])) + (", …" if len(lacking) > 5 else "")
        raise UsageError(
            f"{len(lacking):,} of {cells:,} cells are in none of these runs: {few}; a shard is missing, or not finished"
        )
