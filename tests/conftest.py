"""What holds for every test: shapes are checked, plots need no screen, the terminal of whoever runs them is not felt."""

import os

import pytest
from hypothesis import settings
from jaxtyping import install_import_hook

# Every annotated array of these rooms is checked against its shape. The hook stands here, and not in pytest's options, because
# the workers of pytest-xdist read this file but not those options.
install_import_hook(["yann.engine", "yann.parts"], "beartype.beartype")

settings.register_profile("yann", deadline=None)  # a first call may compile, and a busy machine is no failure
settings.register_profile("ci", parent=settings.get_profile("yann"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "yann")

os.environ["MPLBACKEND"] = "Agg"


@pytest.fixture(autouse=True)
def _a_plain_terminal(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
