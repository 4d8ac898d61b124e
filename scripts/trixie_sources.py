"""Prints Debian 13 package sources made from this Debian 12 machine's own, so that no mirror is named in the project.

Only Debian's archives are taken: suites bookworm, -updates and -security with the component main, signed by Debian's
keys. Both kinds of file are read: deb822 (``*.sources``) and one line each (``*.list``).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SUITES = ("bookworm", "bookworm-updates", "bookworm-security")
_LINE = re.compile(r"^deb\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)$")


def main() -> int:
    """Print the sources, or say why there are none."""
    apt = Path("/etc/apt")
    stanzas = [*convert(apt)]
    if not stanzas:
        print(f"no Debian archive with suite bookworm and component main in {apt}", file=sys.stderr)
        return 1
    print("\n\n".join(stanzas))
    return 0


def convert(apt: Path) -> Iterator[str]:
    """A deb822 stanza for trixie from each Debian archive named under an ``/etc/apt`` folder."""
    seen: set[tuple[str, str]] = set()
    for uri, suite in archives(apt):
        if (uri, suite) not in seen:
            seen.add((uri, suite))
            trixie = suite.replace("bookworm", "trixie")
            yield f"Types: deb\nURIs: {uri}\nSuites: {trixie}\nComponents: main\nSigned-By: {KEYRING}"


def archives(apt: Path) -> Iterator[tuple[str, str]]:
    """Address and suite of each Debian archive in use."""
    for file in sorted(apt.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", file.read_text("utf-8")):
            yield from _deb822(stanza)
    for file in [apt / "sources.list", *sorted(apt.glob("sources.list.d/*.list"))]:
        for line in file.read_text("utf-8").splitlines() if file.exists() else ():
            if match := _LINE.match(line.strip()):
                key = re.search(r"signed-by=(\S+)", match["options"] or "")
                yield from _wanted([match["uri"]], [match["suite"]], match["components"].split(), key and key[1])


def _deb822(stanza: str) -> Iterator[tuple[str, str]]:
    fields: dict[str, str] = {}
    name = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace():
            fields[name] = fields.get(name, "") + " " + line.strip()
        elif ":" in line:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            fields[name] = value.strip()
    words = {key: value.split() for key, value in fields.items()}
    if "deb" in words.get("types", []) and fields.get("enabled", "yes").lower() != "no":
        uris, suites, components = (words.get(key, []) for key in ("uris", "suites", "components"))
        yield from _wanted(uris, suites, components, fields.get("signed-by"))


def _wanted(
    uris: list[str], suites: list[str], components: list[str], signed_by: str | None
) -> Iterator[tuple[str, str]]:
    if "main" in components and (signed_by is None or "debian-archive" in signed_by):
        yield from ((uri, suite) for uri in uris for suite in suites if suite in SUITES)


if __name__ == "__main__":
    sys.exit(main())
