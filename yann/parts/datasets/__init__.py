"""Datasets: samples that are loaded from a file rather than made; one file here for each format."""

from yann.parts.datasets.base import DATASETS, Dataset, Samples
from yann.parts.datasets.csv_file import CsvFile
from yann.parts.datasets.digits import Digits
from yann.parts.datasets.idx import IdxFile
from yann.parts.datasets.npz import NpzFile

__all__ = ["DATASETS", "CsvFile", "Dataset", "Digits", "IdxFile", "NpzFile", "Samples"]
