"""The README's tables and figures are what the project holds."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.app import app
from yann.registry import Registry
from yann.study.catalog import CATALOG

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(heading):
    """Give the text below a heading."""
    return README.split(f"## {heading}\n")[1].split("\n## ")[0]


def test_every_command_is_in_the_table_and_no_other():
    told = re.findall(r"^\| `yann (\w+)", section("Commands"), re.MULTILINE)
    assert sorted(told) == sorted(command.name for command in app.registered_commands)


def test_every_bundled_config_is_in_the_table_and_no_other():
    rows = re.findall(r"^\| (`[a-z`, -]+) \|", section("Commands"), re.MULTILINE)
    told = [name for row in rows if "yann " not in row for name in re.findall(r"`([a-z-]+)`", row)]
    assert sorted(told) == sorted(path.stem for path in (ROOT / "configs").glob("*.yaml"))


@pytest.mark.parametrize("place", re.findall(r"^\| an? .* \| `(yann/[^`]+)`", section("How it is built"), re.MULTILINE))
def test_what_is_to_be_added_has_a_place(place):
    assert (ROOT / place).exists()


def test_every_kind_of_part_has_its_place_told():
    """A registry's parts all stand in the one place that the table names for them."""
    table = dict(re.findall(r"^\| an? (.*?) \| `(yann/[^`]+)`", section("How it is built"), re.MULTILINE))
    homes = {
        "activation": "activations", "init": "initializers", "loss": "losses", "reduction": "reductions",
        "optimizer": "optimizers", "data": "generators", "dataset": "datasets", "metric": "metrics",
    }  # fmt: skip
    for registry in CATALOG.values():
        assert isinstance(registry, Registry)
        for part in map(registry.__getitem__, registry):
            home = part.__module__.replace(".", "/")
            assert any(home == place.removesuffix(".py") or home.startswith(place.rstrip("/") + "/") for place in table.values())
            assert homes[registry.kind] in home


def test_the_rooms_are_those_of_the_tree():
    told = re.findall(r"^  (\w+)/ ", section("How it is built"), re.MULTILINE)
    assert sorted(told) == sorted(path.parent.name for path in (ROOT / "yann").glob("*/__init__.py"))


def test_the_first_table_is_what_the_first_command_prints(tmp_path):
    shown = README.split("\n```\nGradients")[1].split("```")[0]
    command = [
        sys.executable,
        "-m",
        "yann",
        "sweep",
        "configs/depth.yaml",
        "-f",
        "table",
        "-q",
        "--no-plots",
        "-o",
        str(tmp_path),
    ]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, encoding="utf-8").stdout
    assert ["Gradients", *shown.split()] == printed.split()


def test_the_tests_that_hold_the_promises_are_there():
    for place in re.findall(r"`(tests/\w+)`", section("What is promised")):
        assert list((ROOT / place).glob("test_*.py"))


def test_the_block_that_shows_what_can_be_expected_holds(tmp_path):
    block = README.split("```yaml\nexpect:")[1].split("```")[0]
    config = tmp_path / "depth.yaml"
    config.write_text((ROOT / "configs" / "depth.yaml").read_text(encoding="utf-8") + "expect:" + block, encoding="utf-8")
    command = [sys.executable, "-m", "yann", "check", str(config), "-f", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 5)
