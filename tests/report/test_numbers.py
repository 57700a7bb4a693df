"""Numbers for people: few digits, the right ones, and a true size where a float has none."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yann.report.numbers import number, power_of_ten, setting, sized

WRITTEN = {
    0.0: "0",
    54.0: "54",
    2 / 3: "0.6667",
    -2 / 3: "-0.6667",
    1234.0: "1234",
    12345.0: "1.234e+04",
    0.0001: "0.0001",
    1.23456e-7: "1.235e-07",
    1e-300: "1e-300",
    99999.0: "1e+05",
    0.99999: "1",
    math.inf: "inf",
    -math.inf: "-inf",
    math.nan: "nan",
    5e-324: "4.941e-324",
}


@pytest.mark.parametrize("value", WRITTEN)
def test_a_number_has_four_digits_that_mean_something(value):
    assert number(value) == WRITTEN[value]


@given(st.floats(-1e307, 1e307), st.integers(1, 8))
def test_the_digits_that_are_shown_are_right(value, digits):
    text = number(value, digits)
    assert float(text) == pytest.approx(value, rel=0.5000001 * 10 ** (1 - digits), abs=1e-323)
    mantissa = text.lstrip("-").partition("e")[0].replace(".", "").lstrip("0")
    assert len(mantissa.rstrip("0")) <= digits
    assert len(text) <= digits + 8


@given(st.floats(-1e5, 1e5, allow_subnormal=False))
def test_a_power_of_ten_has_a_mantissa_from_one_to_ten(log10):
    text = power_of_ten(log10)
    assert re.fullmatch(r"\d(\.\d+)?e[+-]\d\d+", text)
    mantissa, _, exponent = text.partition("e")
    assert 1 <= float(mantissa) < 10
    assert math.log10(float(mantissa)) + int(exponent) == pytest.approx(log10, abs=3e-4)


@pytest.mark.parametrize(
    ("log10", "text"),
    {
        -5000.0: "1e-5000",
        -4999.5: "3.162e-5000",
        0.0: "1e+00",
        400.0: "1e+400",
        -1e-9: "1e+00",
        -math.inf: "0",
        math.inf: "inf",
    }.items(),
)
def test_a_power_of_ten_may_be_beyond_every_float(log10, text):
    assert power_of_ten(log10) == text


def test_what_a_float_has_lost_is_told_by_its_true_size_or_by_its_state():
    assert sized(0.5, math.log10(0.5), "ok") == "0.5"
    assert "e-400" in sized(0.0, -400.0, "underflow")
    assert "e+400" in sized(math.inf, 400.0, "overflow")
    assert "underflow" in sized(0.0, None, "underflow")
    assert "overflow" in sized(math.inf, math.nan, "overflow")
    assert sized(math.nan, math.nan, "nan") == "nan"


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (True, "true"), (False, "false"), (50, "50"), (10**20, str(10**20)), (0.1, "0.1"), ("a\x1b[2J", r"a\x1b[2J")],
)
def test_a_setting_reads_as_a_config_spells_it(value, text):
    assert setting(value) == text
