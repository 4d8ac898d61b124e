"""A scan as readings of HJ 212 factors. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from cems.channels import INDEX, Channel, Moisture
from cems.flags import FLAGS, Flag, worse
from cems.hj212.factors import FACTORS
from cems.plant import Point
from cems.scan import Scan
from gateway.upload.config import UploadConfig, UploadPoint

Reading = tuple[float | None, Flag]
"""Value in the canonical unit of the channel, and a flag that HJ 212 has a letter for."""
CODES: Final[dict[str, Channel]] = {factor.code: channel for channel, factor in FACTORS.items()}
"""Channel by the code that is written."""
_SECONDS_PER_HOUR: Final = 3600.0


class PointFactors:
    """How the scans of one point become readings for one platform."""

    def __init__(self, point: Point, upload: UploadConfig, told: UploadPoint) -> None:
        measured = [channel for channel in FACTORS if point.row_of(channel) is not None]
        # Where the point has no flow meter, its flow is what the gas velocity says.
        self._flow_factor = None
        if Channel.FLOW not in measured and Channel.VELOCITY in measured and point.area_m2 is not None:
            self._flow_factor = _SECONDS_PER_HOUR * point.area_m2 * point.kv
            measured.append(Channel.FLOW)
        self.channels = tuple(channel for channel in measured if told.channels is None or channel in told.channels)
        """What is sent of the point."""
        self.missing = tuple(channel for channel in told.channels or () if channel not in measured)
        """What the gateway file names and the point does not measure."""
        rows = [(channel, point.row_of(channel)) for channel in (Channel.CO2, Channel.O2) if channel in self.channels]
        wet = [c for c, row in rows if row is not None and row.basis is Moisture.WET]
        self._wet = wet if upload.basis == "dry" else []
        self.told_wet = frozenset(FACTORS[c].code for c in wet if upload.basis != "dry")
        """Codes of CO2 and O2 that are told wet."""
        self.dryless = bool(self._wet) and point.row_of(Channel.MOISTURE) is None
        """Whether something is measured wet, is to be told dry, and no moisture is measured."""

    def readings(self, scan: Scan) -> dict[str, Reading]:
        """The readings of a scan by factor code; a channel that is not installed is left out.

        CO2 and O2 of a wet instrument as dry gas: wet over one minus moisture; wet actual flow as 3600 F Kv Vp where
        there is no flow meter. *Source*: HJ 212-2017 Annex D.2 eq. 19, 29 and 30 [V].
        """
        raw = {channel: (scan.values[INDEX[channel]], Flag(scan.flags[INDEX[channel]])) for channel in INDEX}
        if self._flow_factor is not None:
            raw[Channel.FLOW] = _scaled(raw[Channel.VELOCITY], self._flow_factor)
        for channel in self._wet:
            raw[channel] = _dried(raw[channel], raw[Channel.MOISTURE])
        return dict(self._told(raw))

    def _told(self, raw: Mapping[Channel, Reading]) -> Iterator[tuple[str, Reading]]:
        for channel in self.channels:
            value, flag = raw[channel]
            if flag is Flag.ABSENT:
                continue
            if value is None and flag is Flag.NORMAL:
                flag = Flag.BAD_VALUE
            yield FACTORS[channel].code, (value, flag if FLAGS[flag].origin == "device" else Flag.FAULT)


def _scaled(reading: Reading, factor: float) -> Reading:
    value, flag = reading
    return None if value is None else value * factor, flag


def _dried(wet: Reading, moisture: Reading) -> Reading:
    """A wet concentration as dry gas; without a moisture that counts there is no value, and the flag says why."""
    (value, flag), (water_pct, water_flag) = wet, moisture
    if water_flag is not Flag.NORMAL or water_pct is None or not 0.0 <= water_pct < 100.0:
        return None, worse(flag, Flag.BAD_VALUE if water_flag is Flag.NORMAL else water_flag)
    return None if value is None else value / (1.0 - water_pct / 100.0), flag
