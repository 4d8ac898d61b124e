"""Sparkplug payloads made by Google's protobuf from the public message definition, not by our own code.

*Source*: ``sparkplug_b.proto`` of Eclipse Tahu, field numbers and types of Payload, Metric, PropertySet.
"""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_F = descriptor_pb2.FieldDescriptorProto
_PAYLOAD = [("timestamp", 1, "UINT64"), ("metrics", 2, "Metric*"), ("seq", 3, "UINT64"), ("uuid", 4, "STRING")]
_METRIC = [
    ("name", 1, "STRING"),
    ("alias", 2, "UINT64"),
    ("timestamp", 3, "UINT64"),
    ("datatype", 4, "UINT32"),
    ("is_historical", 5, "BOOL"),
    ("is_transient", 6, "BOOL"),
    ("is_null", 7, "BOOL"),
    ("properties", 9, "PropertySet"),
    ("int_value", 10, "UINT32"),
    ("long_value", 11, "UINT64"),
    ("float_value", 12, "FLOAT"),
    ("double_value", 13, "DOUBLE"),
    ("boolean_value", 14, "BOOL"),
    ("string_value", 15, "STRING"),
    ("bytes_value", 16, "BYTES"),
    # Messages of their own; on the wire they are bytes with a length, as they stand here.
    ("dataset_value", 17, "BYTES"),
    ("template_value", 18, "BYTES"),
]
_PROPERTIES = [("keys", 1, "STRING*"), ("values", 2, "PropertyValue*")]
_VALUE = [("type", 1, "UINT32"), ("is_null", 2, "BOOL"), ("int_value", 3, "UINT32"), ("long_value", 4, "UINT64")]


def _messages() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="tahu.proto", package="tahu", syntax="proto2")
    tables = {"Payload": _PAYLOAD, "Metric": _METRIC, "PropertySet": _PROPERTIES, "PropertyValue": _VALUE}
    for name, fields in tables.items():
        message = file.message_type.add(name=name)
        for field, number, kind in fields:
            one = message.field.add(name=field, number=number)
            one.label = _F.LABEL_REPEATED if kind.endswith("*") else _F.LABEL_OPTIONAL
            single = kind.rstrip("*")
            if single in tables:
                one.type, one.type_name = _F.TYPE_MESSAGE, f".tahu.{single}"
            else:
                one.type = getattr(_F, f"TYPE_{single}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"tahu.{name}")) for name in tables}


_CLASSES = _messages()


def metric(quality: int | None = None, **fields: Any) -> Any:
    """One metric; ``quality`` becomes the property of that name."""
    made = _CLASSES["Metric"](**fields)
    if quality is not None:
        made.properties.keys.append("Quality")
        made.properties.values.add(type=3, int_value=quality)
    return made


def payload(seq: int | None, *metrics: Any, timestamp: int | None = None) -> bytes:
    """One payload as bytes."""
    made = _CLASSES["Payload"](metrics=list(metrics))
    if seq is not None:
        made.seq = seq
    if timestamp is not None:
        made.timestamp = timestamp
    return bytes(made.SerializeToString())


def parsed(data: bytes) -> Any:
    """A payload as Google's reader sees it; raises its DecodeError."""
    return _CLASSES["Payload"].FromString(data)
