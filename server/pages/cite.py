"""How to cite an answer: the query, the state of the data, and an address that gives it again."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("cite", __name__)


@blueprint.get("/cite")
def cite() -> str:
    """How to cite."""
    raise NotImplementedError
