"""When a server that a test needs is not there."""


class MissingServerError(RuntimeError):
    """A server that a test needs is not on this machine; the message says why and what would mend it."""
