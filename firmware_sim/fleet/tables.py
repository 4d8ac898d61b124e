"""Columns written as Parquet; the only file of the simulator that names pyarrow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from cems.fleettables import Column

_KINDS: Final = {
    "int64": pa.int64(),
    "int8": pa.int8(),
    "float64": pa.float64(),
    "float32": pa.float32(),
    "string": pa.string(),
}


def write_table(path: Path, columns: Sequence[Column], values: Mapping[str, Any]) -> None:
    """Write a table whole: under its own name there is all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([pa.field(c.name, _KINDS[c.kind]) for c in columns])
    arrays = [pa.array(values[c.name], type=_KINDS[c.kind]) for c in columns]
    part = path.with_name(f"{path.name}.part")
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), part, compression="zstd", compression_level=3)
    part.replace(path)
