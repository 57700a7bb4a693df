"""The tests notice mistakes in the engine: each one of the table, planted by itself, makes them fail."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.table import MUTANTS, TESTS
from yann.parts.activations import ACTIVATIONS
from yann.parts.losses import LOSSES
from yann.parts.optimizers import OPTIMIZERS
from yann.parts.reductions import REDUCTIONS

ROOT = Path(__file__).resolve().parents[2]
EVERY = pytest.mark.parametrize("name", MUTANTS)
LEAST = 55
ONE, ITS_TESTS = "reduction mean: the factor is 1/N", "tests/parts/test_reductions.py"


def run(*arguments, **environment):
    """Run tests up to the first failure in a process of their own: give its exit code and the end of what it said."""
    # assertions are not rewritten, which would take longer than to run them: nobody reads how a mistake was noticed
    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--assert=plain", "--tb=line"]
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr)[-2000:]


def assert_caught(code, said):
    """Assert that a test failed; that tests could not be collected, say, would be another exit code."""
    assert code == pytest.ExitCode.TESTS_FAILED, f"exit code {code}: no test has noticed the mistake.\n{said}"


def assert_passed(code, said):
    """Assert that no test failed."""
    assert code == pytest.ExitCode.OK, f"exit code {code}: the tests fail without a mistake, too.\n{said}"


@EVERY
def test_a_mistake_is_noticed(name):
    for group in TESTS[MUTANTS[name].module]:
        code, said = run("--mutant", name, *group)
        if code != pytest.ExitCode.OK:
            break
    assert_caught(code, said)


def test_a_change_that_is_none_is_not_taken_for_a_mistake():
    assert_passed(*run("--mutant", "harmless", *sorted({path for groups in TESTS.values() for path in groups[0]})))


def test_a_mistake_leaves_no_bytecode_behind_and_none_hides_it(tmp_path):
    cache = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}

    def compiled():
        return {path: path.read_bytes() for path in tmp_path.rglob("yann/parts/reductions.*.pyc")}

    assert_caught(*run("--mutant", ONE, ITS_TESTS, **cache))
    assert not compiled()
    assert_passed(*run(ITS_TESTS, **cache))
    true = compiled()
    assert true
    assert_caught(*run("--mutant", ONE, ITS_TESTS, **cache))
    assert compiled() == true


# The table


@EVERY
def test_a_mistake_changes_what_its_module_does_and_not_only_its_looks(name):
    source = MUTANTS[name].source()
    true, mistaken = (ast.dump(ast.parse(text)) for text in (source, MUTANTS[name].patched(source)))
    assert true != mistaken


def test_the_mistakes_are_many_and_none_is_there_twice():
    assert len(set(MUTANTS.values())) == len(MUTANTS) >= LEAST


@pytest.mark.parametrize("registry", [ACTIVATIONS, LOSSES, REDUCTIONS, OPTIMIZERS], ids=lambda registry: registry.kind)
def test_every_part_has_its_mistake(registry):
    assert {f"{registry.kind} {part}" for part in registry} <= {name.partition(":")[0] for name in MUTANTS}
