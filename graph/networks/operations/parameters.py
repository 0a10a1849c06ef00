"""Describes the parameters of views and measures as data.

Interfaces that get texts, such as HTTP, parse them and document them by these tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from missiongraph.errors import QueryError
from missiongraph.networks.extract.construct import View
from missiongraph.networks.measures.registry import Measure
from missiongraph.networks.model.days import span
from missiongraph.networks.model.definition import METHODS

Kind = Literal["day", "flag", "iri", "number", "text", "whole"]


@dataclass(frozen=True)
class Parameter:
    """A parameter with a value of some ``kind``, one of ``choices`` if there are any.

    ``least`` and ``most`` bound numbers. A parameter with ``many`` may occur several times; one
    that is ``needed`` has no default.
    """

    kind: Kind
    says: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    many: bool = False
    needed: bool = False

    def read(self, name: str, texts: Sequence[str]) -> Any:  # Any: a cell is of any type
        """Parse the value, or the values if ``many``; raises :class:`QueryError`."""
        if len(texts) > 1 and not self.many:
            raise QueryError(f"{name} is given {len(texts)} times; give it once")
        values = [self._value(name, text) for text in texts]
        return values if self.many else values[0]

    def _value(self, name: str, text: str) -> Any:
        if self.choices and text not in self.choices:
            raise QueryError(f"{name} is one of {', '.join(self.choices)}, not '{text}'")
        if self.kind == "day":
            return _day(name, text)
        if self.kind == "flag":
            return _flag(name, text)
        if self.kind in ("iri", "text"):
            return text
        number = _number(text, whole=self.kind == "whole")
        if number is None or not self._holds(number):
            raise QueryError(f"{name} is {self._range()}, not '{text}'")
        return number

    def _holds(self, number: float) -> bool:
        low = self.least is None or number >= self.least
        return low and (self.most is None or number <= self.most)

    def _range(self) -> str:
        what = "a whole number" if self.kind == "whole" else "a number"
        low = "" if self.least is None else f" from {self.least:g}"
        return what + low + ("" if self.most is None else f" up to {self.most:g}")


VIEW: Mapping[str, Parameter] = {
    "at": Parameter("day", "The network as it was on this day, or in this month or year"),
    "since": Parameter("day", "Ties that held on this day or later"),
    "until": Parameter("day", "Ties that held on this day or earlier"),
    "undated": Parameter("flag", "Ties without a date, too, of which a day or period has none"),
    "layer": Parameter("text", "Only ties of this layer; again for another", many=True),
    "method": Parameter(
        "text", "How shared nodes add up in a projection  [default: as its query says]", METHODS
    ),
    "backbone": Parameter(
        "number", "Only ties significant at this level (disparity filter)", least=0, most=1
    ),
    "unmerged": Parameter("flag", "Nodes apart that are matched as the same"),
}
"""The parameters of a :class:`View`, whose ``layers`` are each a ``layer``."""


def view(values: Mapping[str, Any]) -> View:
    """The view for values of the parameters in :data:`VIEW`; raises :class:`QueryError`."""
    return View.of(**{"layers" if n == "layer" else n: v for n, v in values.items()})


def of_measure(measure: Measure) -> dict[str, Parameter]:
    """The parameters of a measure, with kinds that follow from their defaults."""
    return {
        name: Parameter("iri", "Node that the walker starts from; again for another", many=True)
        if name == "personal"
        else Parameter(
            "whole" if isinstance(default, int) else "number",
            f"Parameter of {measure.name}" + ("" if default is None else f"; default {default}"),
            least=0 if name == "seed" else None,
        )
        for name, default in measure.parameters.items()
    }


def _day(name: str, text: str) -> str:
    """A day, month or year as text, as it is passed on as JSON."""
    try:
        first, last = span(text)
    except QueryError:
        raise QueryError(
            f"{name} is a day such as 2022-06-30, a month or a year, not '{text}'"
        ) from None
    return first.isoformat() if first == last else text.strip()


def _flag(name: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise QueryError(f"{name} is true or false, not '{text}'")
    return text == "true"


def _number(text: str, *, whole: bool) -> float | None:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e300 else None
