"""HJ 212, the packets between data loggers (数采仪) and platforms (上位机), in the forms of 2005, 2017 and 2025. Pure.

Bytes become frames (``framing``), frames packets (``packet``), parts of packets one packet (``join``), packets what
they say (``content``, ``commands``, ``replies``); ``encode``, ``compose``, ``commands`` and ``replies`` go the other
way. *Source*: HJ 212-2017 [V]; HJ 212-2025 and HJ/T 212-2005 from public code that quotes them [V2]; see
docs/gateway/hj212.md.
"""
