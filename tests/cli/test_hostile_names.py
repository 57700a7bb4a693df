"""No name, and no link that somebody has planted, leads out of the output folder."""

import json
import os
import shutil

import pytest

from yann.report.journal import new_journal, open_journal

NET = "network: {depth: 1, width: 1}\ndata: {samples: 1}\n"
NAMES = (
    "..", ".", "../out", "../../out", "../../../../../../../../../../out", "a/../../out", "/out", "//out", "{tmp}/out", "~",
    "~/out", "~root", "$HOME", "${{HOME}}/out", "$(touch out)", "`touch out`", "; touch out", "%2e%2e%2fout", "..%2fout",
    "..\\out", "C:\\out", "C:out", "\\\\host\\out", "file:///out", "out\0.yaml", "\0", "out\n", "../out\nx", "out\r", ".. ",
    ".../out", "out. ",
    "a..b", ".hidden", "-rf", "--out=x", "con", "NUL", "aux.txt", "COM1", "latest", "a" * 101, "a" * 5000, "\u2024\u2024/out",
    "\uff0e\uff0e\uff0fout", "..\u2215out", "..\u2044out", "\u202egpj.exe", "a\u200b", "é", "\U0001f600", "\ud800", "", " ",
    "*", "?", "[a]", "=1+1", "null", "{{}}", "\x1b[2J",
)  # fmt: skip


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Give a folder deep in another one, where a command is run that must leave nothing around it."""
    folder = tmp_path / "deep" / "deeper" / "here"
    folder.mkdir(parents=True)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(folder)
    return folder


def strangers(tmp_path, here):
    """Name what lies outside the output folder, and what is in it."""
    found = {}
    for folder, folders, files in os.walk(tmp_path):
        for name in (*folders, *files):
            path = os.path.join(folder, name)  # noqa: PTH118 - a name may be one that Path would read in its own way
            if not path.startswith(str(here / "outputs")):
                found[path] = None if os.path.isdir(path) else contents(path)  # noqa: PTH112 - as above
    return found


def contents(path):
    """Read a file of any name."""
    with open(path, "rb") as stream:  # noqa: PTH123 - as above
        return stream.read()


def sweep(inside, *arguments):
    """Run a sweep in the plainest way."""
    return inside("sweep", *arguments, "-q", "--no-plots", "--executor", "serial")


def is_sound(done):
    """Tell whether a command did what it should, or refused it in a sentence that moves no cursor."""
    plain = all(char.isprintable() or char == "\n" for char in done.err)
    return plain and done.code in (0, 2) and (done.code == 0) == (done.err == "")


def test_there_are_more_than_thirty_of_them():
    assert len(set(NAMES)) >= 50


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:40])
def test_no_name_leads_out_of_the_output_folder(name, inside, here, tmp_path):
    name = name.format(tmp=tmp_path)
    spelled = json.dumps(name)
    (here / "config.yaml").write_text(f"name: {spelled}\n{NET}", encoding="utf-8")
    (here / "group.yaml").write_text(f"{NET}sweep: {{zip: {{{spelled}: {{seed: [1, 2]}}}}}}\n", encoding="utf-8")
    (here / "plain.yaml").write_text(NET, encoding="utf-8")
    before = strangers(tmp_path, here)
    for given in (["config.yaml"], ["group.yaml"], ["plain.yaml", "--set", f"name={name}"]):
        done = sweep(inside, *given)
        assert is_sound(done), done
        assert strangers(tmp_path, here) == before
        shutil.rmtree(here / "outputs", ignore_errors=True)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name)[:40])
def test_a_new_config_is_beside_where_one_is_or_nowhere(name, inside, here, tmp_path):
    name = name.format(tmp=tmp_path)
    before = strangers(tmp_path, here)
    done = inside("new", "--", name)
    made = strangers(tmp_path, here).keys() - before.keys()
    assert done.code in (0, 2)
    assert made == ({str(here / f"{name}.yaml")} if done.code == 0 else set())


@pytest.mark.parametrize("name", [n for n in NAMES if len(n) < 200 and not {"/", "\0", "\ud800"} & {*n}], ids=ascii)
def test_a_config_of_any_file_name_has_a_folder_within_the_output_folder(name, inside, here, tmp_path):
    (here / f"{name}.yaml").write_text(NET, encoding="utf-8")
    before = strangers(tmp_path, here)
    done = sweep(inside, here / f"{name}.yaml")
    assert (done.code, done.err) == (0, "")
    assert strangers(tmp_path, here) == before
    (home,) = (here / "outputs").iterdir()
    assert home.name.isascii()


def planted(path, target):
    """Plant a link."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize("link", ["outputs/plain", "outputs/plain/latest", "outputs/.cache.sqlite"])
@pytest.mark.parametrize("to", ["folder", "file", "nothing"])
def test_a_planted_link_is_not_followed(link, to, inside, here, tmp_path):
    (here / "plain.yaml").write_text(NET, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("precious", encoding="utf-8")
    planted(here / link, tmp_path / to)
    before = strangers(tmp_path, here)
    done = sweep(inside, "plain.yaml", "--cache")
    assert done.code == (0 if link.endswith("latest") else 74)
    assert "link" in done.err or done.code == 0
    assert strangers(tmp_path, here) == before


def test_an_output_folder_that_is_a_link_is_its_owners_choice(inside, here, tmp_path):
    (here / "plain.yaml").write_text(NET, encoding="utf-8")
    (tmp_path / "big disk").mkdir()
    planted(here / "outputs", tmp_path / "big disk")
    assert sweep(inside, "plain.yaml").code == 0
    assert [path.name for path in (tmp_path / "big disk").iterdir()] == ["plain"]


@pytest.mark.parametrize("begun", [("sweep",), ("train", "--steps", "2")], ids=lambda begun: begun[0])
@pytest.mark.parametrize("command", ["resume", "merge"])
@pytest.mark.parametrize(
    "link",
    ["journal", "manifest.json", "layers.csv", "cells.csv", "config.yaml", "resolved.yaml", "plots", "layers.partial.csv"],
)
def test_a_link_in_the_folder_of_a_run_is_not_written_through(link, command, begun, inside, here, tmp_path):
    (here / "plain.yaml").write_text(NET + "sweep: {grid: {seed: [1, 2]}}\n", encoding="utf-8")
    for shard in ("1/2", "2/2"):
        assert inside(*begun, "plain.yaml", "-q", "--executor", "serial", "--no-plots", "--shard", shard).code == 0
    run = (here / "outputs" / "plain" / "latest").resolve()
    target = tmp_path / "precious"
    if link == "plots":
        target.mkdir()
    elif (run / link).exists():
        (run / link).replace(target)  # as good as what was there, so that nothing else stands in the way
    else:
        target.write_text("precious", encoding="utf-8")
    planted(run / link, target)
    before = strangers(tmp_path, here)
    shards = [path for path in (here / "outputs" / "plain").iterdir() if not path.is_symlink()]
    done = inside("resume", run, "-q") if command == "resume" else inside("merge", *shards, "-q")
    assert strangers(tmp_path, here) == before
    assert done.code == (74 if link == "journal" else 0), done.err
    assert "link" in done.err or done.code == 0


def test_plots_are_not_drawn_through_a_link(inside, here, tmp_path):
    (here / "plain.yaml").write_text(NET, encoding="utf-8")
    assert inside("sweep", "plain.yaml", "-q", "--executor", "serial", "--shard", "1/1").code == 0
    (here / "two.yaml").write_text(NET + "sweep: {grid: {seed: [1, 2]}}\n", encoding="utf-8")
    assert inside("sweep", "two.yaml", "-q", "--executor", "serial", "--shard", "1/2").code == 0
    run = (here / "outputs" / "two" / "latest").resolve()
    (tmp_path / "precious").mkdir()
    shutil.rmtree(run / "plots")
    planted(run / "plots", tmp_path / "precious")
    done = inside("resume", run, "-q")
    assert (done.code, list((tmp_path / "precious").iterdir())) == (74, [])
    (run / "plots").unlink()
    (run / "plots").mkdir()  # as a run leaves it that is killed while it draws
    assert inside("resume", run, "-q").code == 0
    assert [path.name for path in (run / "plots").iterdir()] == ["layers.png"]


@pytest.mark.parametrize("command", ["resume", "merge"])
def test_a_latest_that_leads_elsewhere_is_not_gone_on_with(command, inside, here, tmp_path):
    (here / "plain.yaml").write_text(NET + "sweep: {grid: {seed: [1, 2]}}\n", encoding="utf-8")
    assert inside("sweep", "plain.yaml", "-q", "--no-plots", "--shard", "1/2").code == 0
    latest = here / "outputs" / "plain" / "latest"
    shutil.copytree(latest.resolve(), tmp_path / "elsewhere")
    latest.unlink()
    planted(latest, tmp_path / "elsewhere")
    before = strangers(tmp_path, here)
    done = inside(command, latest, "-q")
    assert (done.code, "leads out of its folder" in done.err) == (74, True)
    assert strangers(tmp_path, here) == before


HEADS = {
    "what": ["\x1b[2J", None, 3],
    "plot_format": ["/../../out", "exe", None],
    "shard": [[0, 0], [2, 1], "1/2", [1]],
    "plots": ["yes"],
    "metric": [3],
    "given": [None],
    "resolved": [3],
    "data": [None],
    "cache": [None],
    "engine": [[]],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in HEADS.items() for value in values], ids=ascii)
def test_a_journal_that_yann_has_not_written_is_refused(key, value, inside, here):
    (here / "plain.yaml").write_text(NET + "sweep: {grid: {seed: [1, 2]}}\n", encoding="utf-8")
    assert inside("sweep", "plain.yaml", "-q", "--no-plots", "--shard", "1/2").code == 0
    path = (here / "outputs" / "plain" / "latest").resolve() / "journal"
    journal = open_journal(path)
    journal.close()
    path.unlink()
    new_journal(path, {**journal.head, key: value}).close()
    done = inside("resume", path.parent, "-q")
    assert (done.code, "no journal of a run" in done.err) == (74, True)
