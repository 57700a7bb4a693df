"""Datasets: what a file holds is what is loaded, to the last bit, and what it should not hold is told with its place."""

import errno
import gzip
import hashlib
import io
import math
import os
import struct
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from yann.errors import DataError
from yann.parts import datasets
from yann.parts.datasets import DATASETS, CsvFile, Digits, IdxFile, NpzFile, base, csv_file

FLOWERS = "length,width,label\n1.5,2,0\n2.25,1e-3,1\n"
PIXELS = np.arange(24, dtype=">u1").reshape(6, 2, 2)
LABELS = np.array([0, 1, 2, 0, 1, 2], dtype=">u1")
CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def csv_of(folder, text, targets="label", **settings):
    """Write a CSV file and give the dataset that names it."""
    path = folder / "flowers.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return CsvFile(path=path, targets=targets, **settings)


def npz_of(folder, **arrays):
    """Write an npz file and give the dataset that names it."""
    path = folder / "arrays.npz"
    np.savez(path, **arrays)
    return NpzFile(path=path)


def npz_by_hand(folder, members, method=zipfile.ZIP_STORED):
    """Write an archive of the given bytes and give the dataset that names it."""
    path = folder / "arrays.npz"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return NpzFile(path=path)


def npy(shape, descr="<f8", body=b"", version=(1, 0)):
    """Give the bytes of an array whose header promises `shape`, whatever the body holds."""
    stream = io.BytesIO()
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, header)
    content = stream.getvalue()
    return content[:6] + bytes(version) + content[8:] + body


def written(shape, body=b""):
    """Give the bytes of an array whose header ends as no header of NumPy's does."""
    text = f"{{'descr': '<f8', 'fortran_order': False, {shape}}}\n".encode("latin-1")
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text + body


def idx_bytes(values):
    """Give the bytes of an IDX file."""
    values = np.asarray(values)
    head = bytes([0, 0, CODES[values.dtype.str[1:]], values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return head + values.astype(values.dtype.newbyteorder(">")).tobytes()


def idx_of(folder, inputs=PIXELS, targets=LABELS, **settings):
    """Write a pair of IDX files, of arrays or of bytes, and give the dataset that names them."""
    for name, content in (("images.idx", inputs), ("labels.idx", targets)):
        (folder / name).write_bytes(content if isinstance(content, bytes) else idx_bytes(content))
    return IdxFile(inputs=folder / "images.idx", targets=folder / "labels.idx", **settings)


def complaint(dataset):
    """Give the sentence with which a dataset refuses to load."""
    with pytest.raises(DataError) as refused:
        dataset.load()
    return str(refused.value)


MAKERS = {
    "csv": lambda folder: csv_of(folder, FLOWERS),
    "npz": lambda folder: npz_of(folder, inputs=np.ones((2, 3)), targets=np.array([0, 1])),
    "idx": idx_of,
    "digits": lambda _: Digits(),
}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS)
def dataset(request, tmp_path):
    return request.param(tmp_path)


# What holds for every dataset


def test_every_dataset_is_under_test():
    assert set(MAKERS) == set(DATASETS)


def test_samples_are_rows_of_float64_or_class_indices(dataset):
    samples = dataset.load()
    assert samples.inputs.dtype == np.float64
    assert samples.inputs.ndim == 2
    assert len(samples.inputs) == len(samples.targets)
    assert (samples.targets.dtype, samples.targets.ndim) in {(np.dtype(np.float64), 2), (np.dtype(np.int64), 1)}


def test_what_reading_needs_is_no_less_than_what_is_read(dataset):
    samples = dataset.load()
    if dataset.needs():
        assert dataset.needs() >= samples.inputs.nbytes + samples.targets.nbytes


@pytest.mark.parametrize("kind", ["npz", "idx"])
def test_what_reading_needs_is_told_by_headers_alone(kind, tmp_path, monkeypatch):
    dataset = MAKERS[kind](tmp_path)
    monkeypatch.setattr(type(dataset), "read", lambda _: pytest.fail("the file was read"))
    assert dataset.needs() > 0
    for path in dataset.files().values():
        path.write_bytes(b"what it is not")
    with pytest.raises(DataError):
        dataset.needs()


@pytest.mark.parametrize("kind", ["csv", "npz", "idx"])
def test_an_error_of_the_disk_names_the_file(kind, tmp_path, monkeypatch):
    def broken(_):
        raise OSError(errno.EIO, "Input/output error")

    dataset = MAKERS[kind](tmp_path)
    monkeypatch.setattr(type(dataset), "read", broken)
    with pytest.raises(OSError, match="Input/output error") as refused:
        dataset.load()
    assert refused.value.filename in map(str, dataset.files().values())


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "there.csv/x"])
def test_a_name_that_no_file_can_have_is_told(name, tmp_path):
    (tmp_path / "there.csv").write_text(FLOWERS, encoding="utf-8")
    told = complaint(CsvFile(path=tmp_path / name, targets="label"))
    assert "no file can have this name" in told or "there is no such file" in told


def test_what_is_loaded_cannot_be_written(dataset):
    for part in (dataset, replace(dataset, samples=1)):
        samples = part.load()
        for values in (samples.inputs, samples.targets):
            with pytest.raises(ValueError, match="read-only"):
                values[0] = 1


def test_a_file_is_read_once(dataset, monkeypatch):
    whole = dataset.load()
    monkeypatch.setattr(type(dataset), "read", lambda _: pytest.fail("the file was read again"))
    assert dataset.load() is whole
    assert replace(dataset).load() is whole
    first = replace(dataset, samples=1, test=0.5).load()
    assert np.array_equal(first.inputs, whole.inputs[:1])
    assert np.array_equal(first.targets, whole.targets[:1])


def test_as_many_samples_as_there_are_can_be_asked_for_and_no_more(dataset):
    count = len(dataset.load().inputs)
    assert len(replace(dataset, samples=count).load().inputs) == count
    assert f"samples asks for {count + 1} of {count}" in complaint(replace(dataset, samples=count + 1))


def test_a_label_names_files_without_their_folders(dataset, tmp_path):
    assert str(tmp_path) not in str(dataset)
    assert str(dataset).startswith(dataset.name)


def test_labels(tmp_path):
    assert str(csv_of(tmp_path, FLOWERS, samples=2)) == "csv(samples=2, path=flowers.csv, targets=label)"
    assert str(idx_of(tmp_path, divide_by=255.0)) == "idx(inputs=images.idx, targets=labels.idx, divide_by=255.0)"
    assert str(Digits()) == "digits"


def test_a_changed_file_is_read_again(tmp_path):
    before = csv_of(tmp_path, FLOWERS)
    assert before.load().inputs[0, 0] == 1.5
    after = csv_of(tmp_path, FLOWERS.replace("1.5", "7.5"))
    os.utime(after.path, ns=(0, 1))  # a coarse clock may give both files one time
    assert before == after
    assert after.load().inputs[0, 0] == 7.5


@pytest.mark.parametrize("kind", ["csv", "npz", "idx"])
def test_what_is_no_file_is_told_by_name(kind, tmp_path):
    def named(path):
        settings = {"csv": {"path": path, "targets": "label"}, "npz": {"path": path}, "idx": {"inputs": path, "targets": path}}
        return DATASETS[kind](**settings[kind])

    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    assert "nowhere: there is no such file" in complaint(named(tmp_path / "nowhere"))
    assert "file/below: there is no such file" in complaint(named(tmp_path / "file/below")).replace("\\", "/")
    assert "folder: this is a folder" in complaint(named(tmp_path / "folder"))
    assert r"a\x00b: no file can have this name" in complaint(named(tmp_path / "a\0b"))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert "pipe: this is a device or a pipe" in complaint(named(tmp_path / "pipe"))


def test_other_errors_of_the_operating_system_stay_what_they_are(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    part = csv_of(tmp_path, FLOWERS)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PermissionError):
        part.load()


FORMATS = ["csv", "npz", "deflated npz", "idx", "gzipped idx"]


def sound_file(kind, folder):
    """Write a sound file in one of the formats; give the dataset that names it, and its path."""
    part = MAKERS[kind.split()[-1]](folder)
    path = part.inputs if kind.endswith("idx") else part.path
    if kind == "deflated npz":
        np.savez_compressed(path, inputs=np.ones((2, 3)), targets=np.array([0, 1]))
    if kind == "gzipped idx":
        path.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    return part, path


@pytest.mark.parametrize("kind", FORMATS)
def test_a_damaged_byte_is_harmless_or_a_data_error(kind, tmp_path):
    part, path = sound_file(kind, tmp_path)
    sound, rng = path.read_bytes(), np.random.default_rng(0)
    for place in range(len(sound)):
        for damage in (b"", b"\0", b"\xff", rng.bytes(1)):
            path.write_bytes(sound[:place] + damage + sound[place + 1 :])
            with suppress(DataError):
                part.read()


@pytest.mark.parametrize("kind", FORMATS[1:])
def test_a_file_that_ends_early_is_never_loaded(kind, tmp_path):
    part, path = sound_file(kind, tmp_path)
    sound = path.read_bytes()
    for length in range(len(sound)):
        path.write_bytes(sound[:length])
        with pytest.raises(DataError):
            part.read()


# digits


def test_the_digits_are_those_of_the_repository():
    """The figures were taken from scikit-learn 1.9.1, load_digits()."""
    samples = Digits().load()
    pixels = samples.inputs * 16
    assert samples.inputs.shape == (1797, 64)
    assert (samples.inputs.min(), samples.inputs.max()) == (0, 1)
    assert pixels.sum(axis=0)[:8].tolist() == [0, 546, 9353, 21269, 21291, 10390, 2448, 233]
    assert pixels[0, :8].tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert np.bincount(samples.targets).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert samples.targets[:10].tolist() == list(range(10))
    assert hashlib.sha256(pixels.astype("u1").tobytes()).hexdigest() == (
        "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
    )
    assert hashlib.sha256(samples.targets.astype("u1").tobytes()).hexdigest() == (
        "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0"
    )


def test_the_digits_are_small_and_say_where_they_come_from():
    folder = Path(datasets.__file__).parent
    assert (folder / "digits.npz").stat().st_size < 100_000
    note = (folder / "digits.txt").read_text(encoding="utf-8")
    assert all(word in note for word in ("Alpaydin", "1998", "UCI", "CC BY 4.0", "Changed"))


# csv


def test_named_columns_are_targets_and_the_others_inputs(tmp_path):
    text = "a,b,c,d\n1,2,3,4\n5,6,7,8\n"
    samples = csv_of(tmp_path, text, targets=("d", "b")).load()
    assert samples.inputs.tolist() == [[1, 3], [5, 7]]
    assert samples.targets.tolist() == [[4, 2], [8, 6]]


def test_one_target_is_a_column_of_its_own(tmp_path):
    assert csv_of(tmp_path, FLOWERS).load().targets.tolist() == [[0], [1]]


@pytest.mark.parametrize(
    ("text", "settings"),
    {
        "byte order mark": (b"\xef\xbb\xbf" + FLOWERS.encode(), {}),
        "carriage returns": (FLOWERS.replace("\n", "\r\n"), {}),
        "no last line end": (FLOWERS.rstrip(), {}),
        "empty lines": (FLOWERS.replace("\n", "\n\n"), {}),
        "quotes": ('"length","width","label"\n"1.5","2","0"\n2.25,"1e-3",1\n', {}),
        "spaces": (FLOWERS.replace(",", " , "), {}),
        "semicolons": (FLOWERS.replace(",", ";"), {"delimiter": ";"}),
        "tabs": (FLOWERS.replace(",", "\t"), {"delimiter": "\t"}),
    }.values(),
)
def test_every_dialect_gives_the_same_samples(text, settings, tmp_path):
    samples = csv_of(tmp_path, text, **settings).load()
    assert samples.inputs.tolist() == [[1.5, 2], [2.25, 0.001]]
    assert samples.targets.tolist() == [[0], [1]]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    assert csv_of(tmp_path, b"\xef\xbb\xbf" + FLOWERS.encode(), targets="length").load().targets.tolist() == [[1.5], [2.25]]


def test_numbers_are_read_to_the_last_bit(tmp_path):
    values = np.random.default_rng(0).integers(0, 2**63, (200, 3)).view(np.float64)
    values = np.where(np.isfinite(values), values, 0.1)
    text = "a,b,label\n" + "".join(",".join(map(repr, row)) + "\n" for row in values.tolist())
    samples = csv_of(tmp_path, text).load()
    assert samples.inputs.tobytes() == values[:, :2].tobytes()
    assert samples.targets.tobytes() == values[:, 2:].tobytes()


MALFORMED_CSV = {
    "empty file": ("", "the file is empty"),
    "header only": ("length,width,label\n", "holds no samples"),
    "misspelt": ("length,width,lable\n1,2,3\n", "no column 'label'; did you mean lable? It has length, width, lable"),
    "no header": ("1.5,2,0\n2.25,1,1\n", "no column 'label': the first row must name the columns, and holds numbers"),
    "name twice": ("a,a,label\n1,2,3\n", "row 1 names column a twice"),
    "no name": (",a,label\n1,2,3\n", "column 1 has no name in row 1"),
    "one column": ("label\n1\n", "one column found"),
    "semicolons": (
        FLOWERS.replace(",", ";"),
        "one column found, and inputs and targets need two; the file seems to use semicolons",
    ),
    "tabs": (FLOWERS.replace(",", "\t"), "the file seems to use tabs"),
    "short row": ("length,width,label\n1,2,3\n\n1,2\n", "row 4 has 2 cells and the header 3: there is none for column label"),
    "long row": ("length,width,label\n1,2,3,4\n", "row 2 has 4 cells and the header 3: nothing names what follows column label"),
    "empty cell": ("length,width,label\n1,2,3\n1,,3\n", "row 3, column width: the cell is empty"),
    "word": ("length,width,label\n1,2,setosa\n", "row 2, column label: 'setosa' is not a number"),
    "underscore": ("length,width,label\n1_000,2,3\n", "row 2, column length: '1_000' is not a number"),
    "other digits": ("length,width,label\n1,٣,3\n", "row 2, column width: '٣' is not a number"),
    "decimal comma": ('length,width,label\n1,"2,5",3\n', "row 2, column width: '2,5' is not a number; decimals take a point"),
    "escapes": ("length,width,label\n1,\x1b[2J,3\n", r"row 2, column width: '\x1b[2J' is not a number"),
    "escapes in a name": ("a\x1b[2J,width,label\nx,2,3\n", r"row 2, column a\x1b[2J: 'x'"),
    "open quote": ('length,width,label\n1,2,"3\n', "row 2: unexpected end of data"),
    "latin-1 header": ("länge,width,label\n1,2,3\n".encode("latin-1"), "row 1 is not UTF-8 text"),
    "latin-1 cell": ("length,width,label\n1,2,ä\n".encode("latin-1"), "row 2, column label: the cell is not UTF-8 text"),
    "UTF-16": (FLOWERS.encode("utf-16"), "row 1 is not UTF-8 text"),
    "NaN": ("length,width,label\n1,2,3\n1,nan,3\n", "1 value is not finite: NaN in row 3, column width"),
    "inf": (
        "length,width,label\n1,2,3\n\n1,-inf,nan\n1e999,0,0\n",
        "3 values are not finite; the first is -inf in row 4, column width",
    ),
}


@pytest.mark.parametrize(("text", "words"), MALFORMED_CSV.values(), ids=MALFORMED_CSV)
def test_a_malformed_csv_file_is_told_with_row_and_column(text, words, tmp_path):
    told = complaint(csv_of(tmp_path, text))
    assert told.startswith(str(tmp_path / "flowers.csv: "))
    assert words in told


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"targets": ("label", "label")}, "targets asks for column label twice"),
        ({"targets": ("label", "width", "length")}, "every column is a target"),
        ({"delimiter": "\n"}, "delimiter cannot be a quote or the end of a line"),
        ({"delimiter": '"'}, "delimiter cannot be a quote or the end of a line"),
    ],
)
def test_settings_that_fit_no_csv_file_are_told(settings, words, tmp_path):
    assert words in complaint(csv_of(tmp_path, FLOWERS, **settings))


def test_a_long_header_is_not_told_in_full(tmp_path):
    names = [f"column{number}" for number in range(5000)]
    told = complaint(csv_of(tmp_path, ",".join(names) + "\n"))
    assert "column19, …" in told
    assert "column20" not in told


def test_a_csv_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_file, "MOST_BYTES", 10)
    assert "the limit is 10" in complaint(csv_of(tmp_path, FLOWERS))


# npz

INPUTS = np.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize("values", [INPUTS, INPUTS.astype("f4"), INPUTS.astype(">i2"), np.asfortranarray(INPUTS), INPUTS > 2])
def test_inputs_of_any_real_type_become_float64(values, tmp_path):
    samples = npz_of(tmp_path, inputs=values, targets=INPUTS).load()
    assert samples.inputs.tolist() == values.tolist()
    assert samples.inputs.flags.c_contiguous


TARGETS = {
    "integers are classes": (np.array([2, 0], dtype="u1"), np.array([2, 0])),
    "floats are one column": (np.array([2.5, 0]), np.array([[2.5], [0.0]])),
    "bits are one column": (np.array([True, False]), np.array([[1.0], [0.0]])),
    "integers in two axes are numbers": (np.array([[2], [-1]]), np.array([[2.0], [-1.0]])),
    "more axes are flattened": (np.arange(8).reshape(2, 2, 2), np.arange(8.0).reshape(2, 4)),
}


@pytest.mark.parametrize(("given", "loaded"), TARGETS.values(), ids=TARGETS)
def test_targets_in_an_npz_file(given, loaded, tmp_path):
    found = npz_of(tmp_path, inputs=INPUTS, targets=given).load().targets
    assert found.dtype == loaded.dtype
    assert found.tolist() == loaded.tolist()


def test_inputs_of_more_axes_are_flattened(tmp_path):
    assert npz_of(tmp_path, inputs=INPUTS.reshape(2, 1, 3), targets=INPUTS).load().inputs.tolist() == INPUTS.tolist()


def test_a_compressed_npz_file_is_read_too(tmp_path):
    part = npz_of(tmp_path, inputs=INPUTS, targets=INPUTS)
    np.savez_compressed(part.path, inputs=INPUTS, targets=INPUTS)
    assert part.load().inputs.tolist() == INPUTS.tolist()


MALFORMED_NPZ = {
    "missing": ({"inputs": INPUTS, "target": INPUTS}, "no array 'targets'; did you mean target? It has inputs, target"),
    "one axis": ({"inputs": np.ones(3), "targets": INPUTS}, "inputs have shape (3,); there must be a row of features"),
    "no axis": ({"inputs": INPUTS, "targets": np.float64(1)}, "targets have shape ()"),
    "no samples": ({"inputs": np.ones((0, 3)), "targets": INPUTS}, "inputs hold no samples"),
    "no features": ({"inputs": np.ones((2, 0)), "targets": INPUTS}, "inputs hold no features"),
    "no classes": ({"inputs": INPUTS, "targets": np.array([], dtype=int)}, "targets hold no samples"),
    "rows": ({"inputs": INPUTS, "targets": np.ones((5, 1))}, "2 inputs and 5 targets"),
    "negative class": ({"inputs": INPUTS, "targets": np.array([0, -1])}, "row 2 of targets is -1"),
    "huge class": ({"inputs": INPUTS, "targets": np.array([2**63, 0], dtype="u8")}, f"row 1 of targets is {2**63}"),
    "complex": ({"inputs": INPUTS * 1j, "targets": INPUTS}, "inputs holds complex128"),
    "text": ({"inputs": INPUTS, "targets": np.array(["a", "b"])}, "targets holds <U1"),
    "NaN": (
        {"inputs": INPUTS, "targets": [[1.0, math.nan], [0, math.inf]]},
        "2 values are not finite; the first is NaN in row 1",
    ),
    "inf": (
        {"inputs": [[1, 1, math.inf], [1, 1, math.inf]], "targets": INPUTS},
        "2 values are not finite; the first is inf in row 1, column 3",
    ),
}


@pytest.mark.parametrize(("arrays", "words"), MALFORMED_NPZ.values(), ids=MALFORMED_NPZ)
def test_a_malformed_npz_file_is_told_by_its_array(arrays, words, tmp_path):
    told = complaint(npz_of(tmp_path, **arrays))
    assert told.startswith(str(tmp_path / "arrays.npz: "))
    assert words in told


def test_objects_are_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    objects = np.array([[Trap()]], dtype=object)
    assert "inputs holds Python objects, which are never unpickled" in complaint(npz_of(tmp_path, inputs=objects, targets=INPUTS))
    assert not (tmp_path / "sprung").exists()


def test_what_python_2_wrote_is_read_without_a_word(tmp_path):
    content = written("'shape': (1L, 1L)", body=np.array([2.5]).tobytes())
    part = npz_by_hand(tmp_path, {"inputs.npy": content, "targets.npy": content})
    assert part.load().inputs.tolist() == [[2.5]]  # and a warning would fail this


UNTRUE_NPZ = {
    "a trillion rows": (npy((10**12, 64)), "inputs of shape (1000000000000, 64) takes 512000000000000 bytes; the limit is"),
    "a million rows": (npy((10**6, 64)), "should take 512000000 bytes, and there are 0"),
    "too many bytes": (npy((1, 1), body=bytes(9)), "should take 8 bytes, and there are 9"),
    "negative axes": (npy((-1, -1), body=bytes(8)), "inputs of shape (-1, -1)"),
    "version 3": (npy((1, 1), body=bytes(8), version=(3, 0)), "version (3, 0)"),
    "no array": (b"hello", "damaged"),
    "flags for sizes": (npy((True, True), body=bytes(8)), "damaged"),
    "a shape of 4,000 digits": (npy((10**4000, 1)), "takes a number of 4001 digits bytes; the limit is"),
    "no shape": (written("'shape': (2, 3"), "the header of inputs is none that NumPy writes"),
    "an expression": (written("'shape': (1 + 1, 3)"), "the header of inputs is none that NumPy writes"),
    "a call": (written("'shape': __import__('os')"), "the header of inputs is none that NumPy writes"),
    "a shape without an end": (written(f"'shape': ({'-' * 9000}1, 1)"), "the header of inputs is none that NumPy writes"),
    "a depth without an end": (written(f"'shape': {'(' * 4000}"), "the header of inputs is none that NumPy writes"),
    "no end of a text": (written("'shape: (2, 3)"), "the header of inputs is none that NumPy writes"),
}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize(("content", "words"), UNTRUE_NPZ.values(), ids=UNTRUE_NPZ)
def test_a_header_is_not_believed(content, words, method, tmp_path):
    assert words in complaint(npz_by_hand(tmp_path, {"inputs.npy": content, "targets.npy": content}, method))


def test_an_archive_whose_directory_lies_about_sizes_is_refused(tmp_path):
    """The member unpacks to 8 MB, and directory and header say that it holds one number."""
    bomb = npy((1, 1), body=bytes(8_000_000))
    part = npz_by_hand(tmp_path, {"inputs.npy": bomb, "targets.npy": bomb}, zipfile.ZIP_DEFLATED)
    told, true = (struct.pack("<I", size) for size in (len(bomb) - 8_000_000 + 8, len(bomb)))
    part.path.write_bytes(part.path.read_bytes().replace(true, told))
    assert "damaged" in complaint(part)


def test_archives_that_numpy_does_not_write_are_refused(tmp_path):
    members = {"inputs.npy": npy((1, 1), body=bytes(8)), "targets.npy": npy((1, 1), body=bytes(8))}
    assert "inputs is compressed in a way that NumPy never does" in complaint(npz_by_hand(tmp_path, members, zipfile.ZIP_LZMA))
    part = NpzFile(path=tmp_path / "plain.npy")
    np.save(part.path, INPUTS)
    assert "this is no npz file" in complaint(part)


def test_an_array_above_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(base, "MOST_BYTES", 40)
    assert "takes 48 bytes; the limit is 40" in complaint(npz_of(tmp_path, inputs=INPUTS, targets=INPUTS))


# idx


@pytest.mark.parametrize("code", CODES)
def test_inputs_of_every_idx_type_become_float64(code, tmp_path):
    samples = idx_of(tmp_path, PIXELS.astype(code)).load()
    assert samples.inputs.tolist() == PIXELS.reshape(6, 4).tolist()
    assert samples.targets.tolist() == LABELS.tolist()


def test_pixels_are_divided(tmp_path):
    white = np.full((6, 28, 28), 255, dtype="u1")
    assert np.array_equal(idx_of(tmp_path, white, divide_by=255.0).load().inputs, np.ones((6, 784)))


def test_gzip_is_known_by_its_content(tmp_path):
    plain = idx_of(tmp_path).load()
    zipped = idx_of(tmp_path, gzip.compress(idx_bytes(PIXELS)), gzip.compress(idx_bytes(LABELS))).load()
    assert plain is not zipped
    assert plain.inputs.tolist() == zipped.inputs.tolist()
    assert plain.targets.tolist() == zipped.targets.tolist()


def test_labels_of_two_axes_or_of_floats_are_numbers(tmp_path):
    assert idx_of(tmp_path, targets=PIXELS).load().targets.tolist() == PIXELS.reshape(6, 4).tolist()
    assert idx_of(tmp_path, targets=LABELS.astype("f4")).load().targets.tolist() == LABELS.reshape(6, 1).tolist()


WHOLE = idx_bytes(PIXELS)
MALFORMED_IDX = {
    "magic": (b"\x12\x34" + WHOLE[2:], "its first bytes are 12 34 08 03, and should be 00 00"),
    "type": (b"\0\0\x0a" + WHOLE[3:], "its first bytes are 00 00 0a 03"),
    "no axes": (b"\0\0\x08\0", "its first bytes are 00 00 08 00"),
    "empty": (b"", "its first bytes are none"),
    "short header": (WHOLE[:10], "the header is cut off: 3 axes need 12 bytes, and there are 6"),
    "short": (WHOLE[:-1], "the header promises 24 bytes, for shape (6, 2, 2), and there are 23"),
    "long": (WHOLE + b"\0", "the header promises 24 bytes, for shape (6, 2, 2), and there are more than 24"),
    "short zip": (gzip.compress(WHOLE)[:-9], "this gzip file is damaged"),
    "zipped short": (gzip.compress(WHOLE[:-1]), "and there are 23"),
    "zipped long": (gzip.compress(WHOLE + b"\0"), "and there are more than 24"),
    "a bomb": (gzip.compress(WHOLE + bytes(50_000_000), 1), "and there are more than 24"),
    "four billion": (b"\0\0\x08\x03" + b"\xff" * 12, "the limit is"),
    "promise only": (
        gzip.compress(b"\0\0\x08\x01" + b"\xff" * 4),
        "promises 4294967295 bytes, for shape (4294967295,), and there are 0",
    ),
    "255 axes": (b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"\0", "1 images and 6 labels"),
    "no samples": (idx_bytes(PIXELS[:0]), "holds no samples: its shape is (0, 2, 2)"),
    "one axis": (idx_bytes(LABELS), "images have shape (6,)"),
    "five": (idx_bytes(PIXELS[:5]), "5 images and 6 labels in labels.idx"),
    "NaN": (idx_bytes(np.where(PIXELS == 5, np.nan, 1).astype("f4")), "1 value is not finite: NaN in row 2, column 2 of images"),
}


@pytest.mark.parametrize(("content", "words"), MALFORMED_IDX.values(), ids=MALFORMED_IDX)
def test_a_malformed_idx_file_is_told(content, words, tmp_path):
    told = complaint(idx_of(tmp_path, content))
    assert told.startswith(str(tmp_path / "images.idx: "))
    assert words in told


def test_labels_below_zero_are_told_with_their_file(tmp_path):
    told = complaint(idx_of(tmp_path, targets=LABELS.astype("i1") - np.int8(1)))
    assert "labels.idx: row 1 of labels is -1" in told


def test_a_divisor_that_overflows_is_told(tmp_path):
    assert "inf in row 1, column 2 of images" in complaint(idx_of(tmp_path, divide_by=1e-320))


def test_an_idx_file_above_the_limit_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(base, "MOST_BYTES", 20)
    assert "shape (6, 2, 2) takes 24 bytes; the limit is 20" in complaint(idx_of(tmp_path))
