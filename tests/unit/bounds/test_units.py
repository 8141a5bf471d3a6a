"""Units are a small grammar, whatever pint would compute."""

import pytest

from dtbase.domain.bounds.units import known_unit

KNOWN = [
    "degC", "°C", "%", "percent", "m/s", "W/m²", "W m⁻²", "kg m^-2 s^-1", "1/s", "1/m**3",
    "m**(1/2)", "m**-1", "µg/m³", "m·s⁻¹", "mm per hour", "meter squared", "cubic meter",
    "(kg/m)/s", "m**2.5", "m**(-1)", "J/(kg*K)", "mmol/mol", "Å", "kWh", "dimensionless",
]  # fmt: skip

HOSTILE = [
    "m**(9**9**9)", "m**9**9**9", "m^9^9^9", "m**(2**3)", "2**2**2**2**2**2", "9**9**9*m",
    "m⁹**9**9", "m**⁹⁹", "cubic cubic cubic cubic m", "m squared squared", "m**999",
    "((((m**99)**99)**99)**99)", "(((m**9)**9)**9)**9", "m⁹⁹⁹", "m**1_000_000", "m**0x9999",
    "m**9e9", "m ** 9 ** 9 ** 9", "m*\t*9*\n*9", "m^(9*9*9)", "10**9*m", "m+m", "m" * 101,
    "m\0", "", "lambda: 0", "[length]", "m**(9.99**9)", "m**-9**9**9", "m^2^", "**", "m**",
]  # fmt: skip


@pytest.mark.parametrize("unit", KNOWN)
def test_a_unit_that_people_write_is_known(unit: str) -> None:
    assert known_unit(unit) == unit


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", HOSTILE)
def test_what_is_no_product_of_units_and_small_powers_is_refused_before_pint_sees_it(
    unit: str,
) -> None:
    with pytest.raises(ValueError, match="is not a unit that pint knows"):
        known_unit(unit)
