"""Debian 13 sources made from what Debian 12 machines have; the texts are those of Debian's images and of vendors."""

from __future__ import annotations

from pathlib import Path

from scripts.trixie_sources import archives, convert

CONTAINER = """\
Types: deb
# http://snapshot.debian.org/archive/debian/20250520T000000Z
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://deb.debian.org/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""
CLOUD = """\
Types: deb deb-src
URIs: mirror+file:///etc/apt/mirrors/debian.list
Suites:
 bookworm
 bookworm-backports
Components: main
"""
VENDOR = """\
Types: deb
URIs: https://deb.nodesource.com/node_20.x
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----
"""


def apt(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    for name, text in files.items():
        (tmp_path / "sources.list.d" / name.replace("_", ".")).write_text(text, "utf-8")
    return tmp_path


def test_container_image(tmp_path: Path) -> None:
    assert [*convert(apt(tmp_path, debian_sources=CONTAINER))][1:] == [
        "Types: deb\nURIs: http://deb.debian.org/debian\nSuites: trixie-updates\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
        "Types: deb\nURIs: http://deb.debian.org/debian-security\nSuites: trixie-security\nComponents: main\n"
        "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg",
    ]


def test_cloud_image_with_continued_lines_and_backports(tmp_path: Path) -> None:
    found = [*archives(apt(tmp_path, debian_sources=CLOUD))]
    assert found == [("mirror+file:///etc/apt/mirrors/debian.list", "bookworm")]


def test_vendors_and_disabled_stanzas_are_left_out(tmp_path: Path) -> None:
    disabled = CONTAINER.replace("Types: deb\n", "Enabled: no\nTypes: deb\n")
    assert [*archives(apt(tmp_path, node_sources=VENDOR, debian_sources=disabled))] == []


def test_one_line_sources(tmp_path: Path) -> None:
    folder = apt(
        tmp_path, docker_list="deb [arch=amd64 signed-by=/k.gpg] https://download.docker.com/debian bookworm main"
    )
    (folder / "sources.list").write_text(
        "# deb cdrom:[Debian]/ bookworm main\n"
        "deb http://deb.debian.org/debian/ bookworm main non-free-firmware\n"
        "deb-src http://deb.debian.org/debian/ bookworm main\n"
        "deb [arch=amd64] http://security.debian.org/debian-security bookworm-security main\n"
        "deb http://deb.debian.org/debian/ bookworm-backports main\n",
        "utf-8",
    )
    assert [*archives(folder)] == [
        ("http://deb.debian.org/debian/", "bookworm"),
        ("http://security.debian.org/debian-security", "bookworm-security"),
    ]


def test_an_archive_named_twice_is_printed_once(tmp_path: Path) -> None:
    assert len([*convert(apt(tmp_path, a_sources=CONTAINER, b_sources=CONTAINER))]) == 3
