"""Checks the preconditions of a write: ``If-Match`` and ``If-None-Match``.

States are quoted entity tags. Of two clients that have read the same state, only one can overwrite
it.
https://www.rfc-editor.org/rfc/rfc9110#section-13
"""

from __future__ import annotations

from missiongraph.errors import PreconditionFailed

from .request import DELETE, UPDATE, Write

ANY = "*"


def tag(state: str) -> str:
    """The entity tag of a state: the part before the first ``-`` in the tag of each response."""
    return f'"{state.partition("-")[0]}"'


def require(write: Write, state: str | None) -> None:
    """Raise :class:`PreconditionFailed` unless the preconditions of ``write`` hold.

    ``state`` is the state of its graph, or of the dataset for an update; ``None`` if there is no
    such graph. Deleting a missing graph fails without any condition, so none is evaluated (RFC
    9110, section 13.2.1).
    """
    if write.kind == DELETE and state is None:
        return
    what = "the dataset" if write.kind == UPDATE else "the graph"
    if write.if_match is not None and not _among(write.if_match, state):
        reason = "does not exist" if state is None else "is not in the state that If-Match names"
        raise PreconditionFailed(f"{what} {reason}; read it again", state or "")
    if write.if_none_match is not None and _among(write.if_none_match, state):
        exists = ANY in write.if_none_match
        reason = "exists already" if exists else "is in a state that If-None-Match names"
        raise PreconditionFailed(f"{what} {reason}; nothing was written", state or "")


def _among(tags: tuple[str, ...], state: str | None) -> bool:
    return state is not None and (ANY in tags or tag(state) in tags)
