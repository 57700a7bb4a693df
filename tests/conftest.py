"""What holds for every test: shapes are checked, plots need no screen, the terminal of whoever runs them is not felt."""

import os

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

from tests.mutants.planting import plant
from tests.mutants.table import HARMLESS, MUTANTS

# Every annotated array of these rooms is checked against its shape. The hook stands here, and not in pytest's options, because
# the workers of pytest-xdist read this file but not those options.
install_import_hook(["yann.engine", "yann.parts"], "beartype.beartype")

settings.register_profile("yann", deadline=None)  # a first call may compile, and a busy machine is no failure
settings.register_profile("ci", parent=settings.get_profile("yann"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "yann")

os.environ["MPLBACKEND"] = "Agg"


def pytest_addoption(parser):
    parser.addoption("--mutant", metavar="ID", choices=["harmless", *MUTANTS], help="plant a mistake of tests/mutants/table.py")


def pytest_configure(config):
    if mutant := config.getoption("mutant"):
        plant({"harmless": HARMLESS, **MUTANTS}[mutant])


@pytest.fixture(autouse=True)
def _a_plain_terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
