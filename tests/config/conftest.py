"""The folder that holds the data files of the configs."""

import pytest

from tests.config.texts import write_data


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Give a folder with every data file that the configs name."""
    path = tmp_path_factory.mktemp("data")
    write_data(path)
    return path
