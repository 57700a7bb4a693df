"""The promises about how yann is built: floors, rooms, sizes, and what its code never does."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = {str(path.relative_to(ROOT)): path for path in sorted((ROOT / "yann").rglob("*.py"))}
LONGEST = 300

FORBIDDEN_NAMES = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {
    "pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "socket", "socketserver", "subprocess",
    "code", "runpy",
    "ftplib", "http", "smtplib", "telnetlib", "urllib", "xmlrpc",
}  # fmt: skip
"""What runs code out of data, begins other programs, or talks to other machines."""
FORBIDDEN_ATTRIBUTES = {
    "os": {"system", "popen", "fork", "forkpty", *(f"spawn{end}" for end in ("l", "le", "lp", "lpe", "v", "ve", "vp", "vpe"))},
    "yaml": {
        "load",
        "load_all",
        "full_load",
        "full_load_all",
        "unsafe_load",
        "unsafe_load_all",
        "Loader",
        "UnsafeLoader",
        "FullLoader",
        "CLoader",
    },
    "builtins": FORBIDDEN_NAMES,
}
ALLOWED = {"json.loads", "np.load"}
"""np.load reads .npz files, and does not unpickle unless it is told to, by allow_pickle."""
HEAVY = {"matplotlib", "numpy", "pydantic", "pydantic_core", "rich"}


def python(*arguments):
    """Run a fresh interpreter at the root of the project."""
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def imported(node):
    """Name the modules an import statement asks for."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(level=0):
            return [str(node.module)]
        case _:
            return []


def outside_functions(tree):
    """Walk what runs when a module is imported, leaving out what only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from outside_functions(node)


def misdeeds(tree):
    """Name everything in a module that could run code out of data, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in FORBIDDEN_NAMES:
                yield f"{node.lineno}: {name}"
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if name in FORBIDDEN_ATTRIBUTES.get(owner, ()):
                yield f"{node.lineno}: {owner}.{name}"
            case ast.ImportFrom(module=owner, names=names):
                bad = FORBIDDEN_ATTRIBUTES.get(owner, ())
                yield from (f"{node.lineno}: {owner}.{alias.name}" for alias in names if alias.name in bad)
            case ast.keyword(arg="allow_pickle", value=value) if not (isinstance(value, ast.Constant) and value.value is False):
                yield f"{value.lineno}: allow_pickle"
            case ast.keyword(arg="shell", value=value) if not (isinstance(value, ast.Constant) and value.value is False):
                yield f"{value.lineno}: shell"
            case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="load") | ast.Attribute(attr="loads" | "bind" | "listen"):
                if ast.unparse(node) not in ALLOWED:
                    yield f"{node.lineno}: {ast.unparse(node)}"
        yield from (f"{node.lineno}: {name}" for name in imported(node) if name.partition(".")[0] in FORBIDDEN_MODULES)


@pytest.fixture(params=MODULES.values(), ids=MODULES)
def source(request):
    return request.param.read_text(encoding="utf-8")


def test_a_module_imports_only_from_below():
    linter = python("-c", "from importlinter.cli import lint_imports_command as run; run(['--no-cache', '--no-logo'])")
    assert linter.returncode == 0, linter.stdout + linter.stderr


def test_matplotlib_is_imported_only_inside_functions(source):
    names = [name for node in outside_functions(ast.parse(source)) for name in imported(node)]
    assert not [name for name in names if name.partition(".")[0] == "matplotlib"]


def test_no_module_runs_code_out_of_data(source):
    assert not list(misdeeds(ast.parse(source)))


@pytest.mark.parametrize(
    "line",
    [
        "eval('1')",
        "run = exec",
        "import pickle",
        "from pickle import loads",
        "yaml.load(text)",
        "from yaml import unsafe_load",
        "os.system('ls')",
        "np.load(path, allow_pickle=True)",
        "compile(text, 'x', 'eval')",
        "__import__(name)",
        "import subprocess",
        "run(line, shell=True)",
        "import socket",
        "server.listen()",
        "marshal.loads(data)",
        "yaml.UnsafeLoader",
    ],
)
def test_code_out_of_data_would_be_seen(line):
    assert list(misdeeds(ast.parse(line)))


def test_no_file_is_too_long_to_read_at_a_sitting(source):
    assert len(source.splitlines()) <= LONGEST


def test_every_module_says_what_it_is(source):
    assert ast.get_docstring(ast.parse(source))


def test_the_front_door_opens_without_heavy_imports():
    """`yann --help` shows every command, and loads nothing of what they need."""
    asked = "import sys; sys.argv = ['yann', '--help']\nfrom yann.__main__ import run\ntry: run()\nfinally: print(*sys.modules)"
    door = python("-c", asked)
    assert door.returncode == 0, door.stderr
    assert "sweep" in door.stdout
    assert not sorted({name.partition(".")[0] for name in door.stdout.split()} & HEAVY)


@pytest.mark.parametrize(("plots", "drawn"), [("--no-plots", False), ("--plots", True)])
def test_only_a_sweep_that_draws_loads_matplotlib(plots, drawn, tmp_path):
    asked = f"import sys; sys.argv = ['yann', 'sweep', 'depth', '-q', '{plots}', '-o', {str(tmp_path)!r}]\n"
    asked += "from yann.__main__ import run\ntry: run()\nfinally: print('loaded', *sys.modules, file=sys.stderr)"
    sweep = python("-c", asked)
    assert sweep.returncode == 0, sweep.stderr
    loaded = sweep.stderr.rpartition("loaded")[2].split()
    assert ("matplotlib" in loaded) == drawn


def test_a_step_of_given_numbers_loads_no_more_than_it_shows():
    """Neither matplotlib nor rich for a pipe, no random numbers, no chains, paths or pitfalls; the config has an `expect`."""
    asked = "import sys; sys.argv = ['yann', 'step']\n"
    asked += "from yann.__main__ import run\ntry: run()\nfinally: print('loaded', *sys.modules, file=sys.stderr)"
    step = python("-c", asked)
    assert step.returncode == 0, step.stderr
    loaded = set(step.stderr.rpartition("loaded")[2].split())
    assert "yann.config.grammar_expect" in loaded
    idle = {"matplotlib", "rich", "numpy.random", "yann.explain.chain", "yann.explain.paths", "yann.explain.pitfalls"}
    assert not loaded & idle


@pytest.mark.parametrize("room", ["yann.engine", "yann.parts"])
def test_shapes_are_checked_while_the_tests_run(room):
    loader = importlib.util.find_spec(room).loader
    assert type(loader).__module__.startswith("jaxtyping")
