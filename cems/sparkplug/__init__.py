"""Sparkplug B: payloads of edge nodes, what a session of a node means, and the readings in it. Pure.

*Source*: Sparkplug 3.0.0 (Eclipse Foundation), chapters 4 to 6, and the message definition ``sparkplug_b.proto`` of
Eclipse Tahu for field numbers and data types [V2].
"""
