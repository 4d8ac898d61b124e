"""The instruments of the plant file: one file for each family of protocols, and here the choice between them."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Discriminator, Tag

from cems.instruments.hj212 import Hj212Instrument
from cems.instruments.modbus import ModbusInstrument
from cems.instruments.mqtt import MqttInstrument, SparkplugInstrument

DEFAULT_PROTOCOL: Final = "modbus-tcp"
# Family of each protocol. The brackets tell these tags from keys of the file; cems.plantfile leaves them out of the
# places it names.
FAMILIES: Final = {
    "modbus-tcp": "<modbus>",
    "modbus-tls": "<modbus>",
    "modbus-rtu": "<modbus>",
    "modbus-rtu-over-tcp": "<modbus>",
    "mqtt": "<mqtt>",
    "sparkplug-b": "<sparkplug>",
    "hj212": "<hj212>",
}


def _family(data: Any) -> str | None:
    protocol = data.get("protocol", DEFAULT_PROTOCOL) if isinstance(data, dict) else getattr(data, "protocol", None)
    return FAMILIES.get(protocol) if isinstance(protocol, str) else None


Instrument = Annotated[
    Annotated[ModbusInstrument, Tag("<modbus>")]
    | Annotated[MqttInstrument, Tag("<mqtt>")]
    | Annotated[SparkplugInstrument, Tag("<sparkplug>")]
    | Annotated[Hj212Instrument, Tag("<hj212>")],
    Discriminator(
        _family,
        custom_error_type="protocol",
        custom_error_message=f"protocol is none of {', '.join(FAMILIES)}",
    ),
]
"""An instrument of the plant file; ``protocol`` says of which family."""
