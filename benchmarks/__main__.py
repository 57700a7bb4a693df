"""Begins `python -m benchmarks`: threads first, as NumPy reads how many it may take when it is imported."""

from benchmarks.machine import pin

pin()

from benchmarks.run import main  # noqa: E402

main()
