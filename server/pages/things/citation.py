"""Citations as text, for BibTeX and in the Citation File Format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote

from missiongraph.publishing.dataset import AUTHORS

_BIBTEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    char: f"\\{char}" for char in "&%$#_{}"
}
_OF_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"  # RFC 3986, and letters, digits and - . _


@dataclass(frozen=True)
class Citation:
    """A citation: title, address and state of the data.

    ``day`` is the ISO date of the state, empty if unknown; ``retrieved`` the date of reading.
    """

    title: str
    address: str
    state: str
    day: str
    retrieved: str
    version: str

    def __post_init__(self) -> None:
        line = "".join(char if char.isprintable() else " " for char in self.title)
        object.__setattr__(self, "title", line.strip())
        object.__setattr__(self, "address", quote(self.address, safe=_OF_ADDRESSES))

    @property
    def text(self) -> str:
        """The citation as one line of text."""
        return (
            f"{AUTHORS} ({self.day[:4] or 'n.d.'}). {self.title}. MissionGraph {self.version}, "
            f"state {self.state[:12]}{f' of {self.day}' if self.day else ''}. {self.address} "
            f"(retrieved {self.retrieved}; CC BY 4.0)."
        )

    @property
    def bibtex(self) -> str:
        """The citation for BibTeX."""
        fields = {
            "author": f"{{{AUTHORS}}}",
            "title": "".join(_BIBTEX.get(char, char) for char in self.title),
            "year": self.day[:4],
            "version": self.version,
            "note": f"State {self.state}",
            "url": self.address,
            "urldate": self.retrieved,
        }
        lines = (f"  {name} = {{{value}}}" for name, value in fields.items() if value)
        return f"@misc{{missiongraph-{self.state[:8] or 'live'},\n" + ",\n".join(lines) + "\n}"

    @property
    def cff(self) -> str:
        """The citation as a file in the Citation File Format 1.2 (texts quoted as JSON)."""
        lines = [
            "cff-version: 1.2.0",
            "message: If you use this data, cite it as below.",
            "type: dataset",
            f"title: {_quoted(self.title)}",
            f"authors:\n  - name: {_quoted(AUTHORS)}",
            f"version: {_quoted(self.version)}",
            *([f"date-released: {_quoted(self.day)}"] if self.day else []),
            "license: CC-BY-4.0",
            f"url: {_quoted(self.address)}",
        ]
        return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
