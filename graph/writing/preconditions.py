"""Preconditions: a write may say in which state it expects what it writes to.

States are entity tags, quoted; two writers who read the same state cannot both write over it.
https://www.rfc-editor.org/rfc/rfc9110#section-13
"""

from __future__ import annotations

from missiongraph.errors import PreconditionFailed

from .request import DELETE, UPDATE, Write

ANY = "*"


def tag(state: str) -> str:
    """The entity tag of a state: what stands before the first ``-`` in that of each answer."""
    return f'"{state.partition("-")[0]}"'


def require(write: Write, state: str | None) -> None:
    """Raise :class:`PreconditionFailed` unless ``write`` may go on.

    ``state`` is that of what it writes to, nothing if there is no such graph. To delete one that
    is not there fails whatever the condition, so that does not count (section 13.2.1).
    """
    if write.kind == DELETE and state is None:
        return
    what = "the dataset" if write.kind == UPDATE else "the graph"
    if write.if_match is not None and not _among(write.if_match, state):
        reason = "is not there" if state is None else "is in another state than If-Match says"
        raise PreconditionFailed(f"{what} {reason}; read it again", state or "")
    if write.if_none_match is not None and _among(write.if_none_match, state):
        reason = "is there" if ANY in write.if_none_match else "is in a state of If-None-Match"
        raise PreconditionFailed(f"{what} {reason} already; nothing was written", state or "")


def _among(tags: tuple[str, ...], state: str | None) -> bool:
    return state is not None and (ANY in tags or tag(state) in tags)
