"""Figures of the README that only the whole program can show."""

import csv
import io

import pytest


def test_the_digits_are_learned(yann, tmp_path):
    rows = list(csv.DictReader(io.StringIO(_cells(yann, tmp_path))))
    assert rows[-1]["step"] == "1350"
    assert float(rows[-1]["test_accuracy"]) >= 0.97


def _cells(yann, folder):
    ran = yann("train", "digits", "--no-plots", "-q", cwd=folder)
    assert ran.code == 0, ran.err
    return (folder / "outputs" / "digits" / "latest" / "cells.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_neither_threads_of_blas_nor_jobs_change_a_byte(shell, tmp_path, jobs):
    """At width 300 a product is large enough for BLAS to share it among threads, which sum in another order."""
    (tmp_path / "c.yaml").write_text("network: {depth: 3, width: 300}\nsweep: {grid: {seed: [1, 2]}}", encoding="utf-8")
    command = f"yann sweep c.yaml --no-plots -q -f csv -j {jobs}"
    alone = shell("OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 yann sweep c.yaml --no-plots -q -f csv", tmp_path)
    threaded = shell(f"OPENBLAS_NUM_THREADS=2 OMP_NUM_THREADS=2 {command}", tmp_path)
    assert (alone.code, threaded.code) == (0, 0)
    assert alone.out == threaded.out
