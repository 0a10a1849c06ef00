"""Spellings: what means the same name, and what looks alike but is another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from missiongraph.publishing.reconciliation.spelling import (
    ACRONYM,
    SURE,
    Spelling,
    likeness,
    spellings,
)


def like(typed: str, known: str) -> float:
    return max(likeness(Spelling(typed), each) for each in spellings([known]))


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("UNIVERSITÉ DE LYON", "Université de Lyon"),
        ("Universite de Lyon", "Université de Lyon"),
        ("Ørsted A/S", "Orsted AS"),
        ("Johnson and Johnson", "Johnson & Johnson"),
        ("Envision", "Envision S.r.l."),
        ("Envision S.p.A.", "Envision S.r.l."),
        ("AB Volvo", "Volvo"),
        ("The Rockefeller Foundation", "Rockefeller Foundation"),
        ("Mazzucato, Mariana", "Mariana Mazzucato"),
        ("Lyon, Université de", "Université de Lyon"),
        ("Univercity College London", "University College London"),
        ("European Comission", "European Commission"),
        ("European Research Council", "European Research Council (ERC)"),
    ],
)
def test_a_name_in_another_spelling_is_the_same_name(typed: str, known: str) -> None:
    assert like(typed, known) >= SURE


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("Moonshot Goal 7", "Moonshot Goal 8"),
        ("Government of Iran", "Government of Iraq"),
        ("City of Parma", "City of Palma"),
        ("Government of Austria", "Government of Australia"),
        ("Nesta", "Neste"),
        ("University of Wales North", "University of Wales South"),
        ("Ministry of Science and Innovation", "Ministry of Science and Industry"),
        ("City of Cork", "University of Cork"),
        ("Cambridge", "University of Cambridge"),
    ],
)
def test_another_name_that_looks_alike_is_not_sure(typed: str, known: str) -> None:
    assert like(typed, known) < SURE


@pytest.mark.parametrize(("typed", "known"), [("nasa", "NASA"), ("ERC", "European Council (ERC)")])
def test_an_acronym_alone_is_not_sure(typed: str, known: str) -> None:
    assert like(typed, known) == ACRONYM < SURE


@given(st.text(max_size=50), st.text(max_size=50))
@examples(100)
def test_likeness_is_a_share_of_any_two_texts(typed: str, known: str) -> None:
    assert all(0 <= likeness(Spelling(typed), each) <= 1 for each in spellings([known]))


@given(st.text(alphabet="abcdefg hij", min_size=8, max_size=50))
@examples(100)
def test_a_name_is_as_like_itself_as_can_be(name: str) -> None:
    assert like(name, name) == (1 if name.strip() else 0)
