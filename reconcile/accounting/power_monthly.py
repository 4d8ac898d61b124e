"""CO2 of power units from monthly records 发电设施: coal, gas, oil and co-fired fuels, electricity and heat made.

*Source*: Guideline for power plants (2022, 环办气候函〔2022〕485号), fuel combustion; its default figures are [M].
``reconcile.accounting.power`` makes the account of daily records that the comparison with the stack hangs on.
"""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.accounting.combustion import ALL_EVIDENCE, Tiers, fuel_parts
from reconcile.accounting.parts import Account, made
from reconcile.accounting.purchased import purchased_parts
from reconcile.accounting.records import FuelSample, FuelUse, PowerRecord, PurchasedEnergy
from reconcile.parameters import Parameters


def account(records: Iterable[PowerRecord], parameters: Parameters, tiers: Tiers = ALL_EVIDENCE) -> Account:
    """The account of monthly power records [t CO2]: fuels, biogenic share apart, electricity bought.

    Coal without laboratory carbon takes the penalty default per heat, and without a heating value the default one;
    gas and oil take the fuel table. Electricity and heat made enter no part: ``power_output.performance`` takes them.
    Raises :class:`cems.errors.RuleError` as ``fuel_parts`` does.

    >>> from reconcile.parameters import load_parameters
    >>> coal = FuelUse(unit="u1", month="2026-03", fuel="coal", amount_t=120_000)
    >>> lab = FuelSample(unit="u1", month="2026-03", fuel="coal", tier="monthly_composite", c_ad_pct=58.2,
    ...     m_ad_pct=2.4, m_ar_pct=12.5, ncv_gj_per_t=20.5)
    >>> round(account([coal, lab], load_parameters()).direct_t, 1)
    227284.1
    >>> round(account([coal, lab], load_parameters(), Tiers(carbon="default")).direct_t, 1)
    275484.3
    """
    rows = tuple(records)
    uses = [r for r in rows if isinstance(r, FuelUse)]
    samples = [r for r in rows if isinstance(r, FuelSample)]
    bought = [r for r in rows if isinstance(r, PurchasedEnergy)]
    parts = fuel_parts(uses, samples, parameters, "power", tiers)
    return made("power", (*parts, *purchased_parts(bought, parameters)))
