"""Names are brought into the form in which they are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missiongraph.matching.names import fold, is_acronym, name, read, repaired
from missiongraph.matching.places import agree, place

TEXT = st.text(max_size=60)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UNIVERSITAET", "Universität"),
        ("UNIVERSITAT", "Universität"),
        ("Tromsø", "TROMSOE"),
        ("Ålborg", "AALBORG"),
        ("Straße", "STRASSE"),
        ("Łódź", "LODZ"),
        ("İstanbul", "ISTANBUL"),
        ("Πανεπιστήμιο", "PANEPISTIMIO"),
        ("Институт", "INSTITUT"),
    ],
)
def test_ways_to_write_a_word_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(TEXT)
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text("abcdefghijklmnopqrstuvwxyzäöüéèñçøåßł ", max_size=40))
def test_case_does_not_count(text: str) -> None:
    assert fold(text.upper()) == fold(text) == fold(text.title())


@given(TEXT, st.sampled_from(["", "DE", "GB", "PT", "XX"]), st.sampled_from([0, 35]))
def test_any_text_can_be_read_and_gives_names_with_words(
    text: str, country: str, line: int
) -> None:
    reading = read(text, country, line)
    assert all(each.words and all(each.words) for each in reading.names)
    assert bool(reading.names) == any(c.isalnum() for c in repaired(text))


@given(st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), min_size=1, max_size=4))
def test_a_legal_form_at_the_end_does_not_count(words: list[str]) -> None:
    text = " ".join(words)
    assert name(f"{text} GmbH & Co. KG", "DE") == name_of(f"{text} GmbH & Co. KG", text, "DE")
    assert name(f"{text} S.r.l.", "IT").words == name(text, "IT").words


def name_of(text: str, same: str, country: str) -> object:
    return type(name(text, country))(text, name(same, country).words)


@pytest.mark.parametrize(
    ("written", "country", "same"),
    [
        ("Oakdene Hollins Limited", "GB", "Oakdene Hollins"),
        ("Equinor ASA", "NO", "Equinor"),
        ("H. Lundbeck A/S", "DK", "Lundbeck"),
        ("Tatra s.r.o.", "CZ", "Tatra"),
        ("Firma Sp. z o.o.", "PL", "Firma"),
        ("Verein Solar e. V.", "DE", "Verein Solar"),
        ("Arla Foods Amba", "DK", "Arla Foods"),
        ("Stichting SRON", "NL", "SRON"),
        ("THE UNIVERSITY COURT OF THE UNIVERSITY OF ST ANDREWS", "GB", "University of St Andrews"),
    ],
)
def test_legal_forms_are_those_of_the_country(written: str, country: str, same: str) -> None:
    assert name(written, country).key == name(same, country).key


def test_a_form_of_another_country_is_a_word() -> None:
    assert "amba" in name("Arla Foods Amba", "SE").words


def test_a_name_that_is_a_legal_form_keeps_it() -> None:
    assert name("AG", "DE").words == ("ag",)


@pytest.mark.parametrize(
    "written",
    ["UNIVERSIDAD DE CUENCA", "University of Cuenca", "Universitatea Cuenca", "Cuenca University"],
)
def test_common_words_are_the_same_in_all_languages(written: str) -> None:
    assert name(written).line == f"{fold('cuenca')} university"


@pytest.mark.parametrize(
    ("lost", "kept"),
    [
        (
            "AGENCIA ESTATAL CONSEJO SUPERIOR DEINVESTIGACIONES CIENTIFICAS",
            "Agencia Estatal Consejo Superior de Investigaciones Científicas",
        ),
        (
            "ADRAL - AGENCIA DE DESENVOLVIMENTOREGIONAL DO ALENTEJO",
            "Agência de Desenvolvimento Regional do Alentejo",
        ),
        (
            "CEIIA - CENTRO PARA A EXCELENCIA EINOVACAO NA INDUSTRIA AUTOMOVEL",
            "Centro para a Excelência e Inovação na Indústria Automóvel",
        ),
    ],
)
def test_a_blank_lost_at_the_end_of_a_line_is_put_back(lost: str, kept: str) -> None:
    assert name(kept).key in {each.key for each in read(lost, line=35).names}


def test_names_are_not_split_where_no_blank_is_lost() -> None:
    text = "A name of exactly thirty-five chars and more"
    assert [each.text for each in read(text, line=35).names] == [text]


@pytest.mark.parametrize(
    ("written", "acronym", "rest"),
    [
        ("Transport for London*TFL", "tfl", "Transport for London TFL"),
        ("Agriculture Development Board (ADB)", "adb", "Agriculture Development Board"),
        ("Koninklijk Nederlands Meteorologisch Instituut-KNMI", "knmi", ""),
        ("FUNDACION PARA LA INVESTIGACION MEDICA APLICADA FIMA", "fima", ""),
        ("EURORDIS - European Organisation for Rare Diseases", "eurordis", ""),
    ],
)
def test_an_acronym_is_told_apart_from_the_name(written: str, acronym: str, rest: str) -> None:
    reading = read(written)
    assert acronym in reading.acronyms
    assert acronym not in reading.names[0].words or rest


def test_a_brand_before_two_words_is_no_acronym() -> None:
    assert all("uavision" in each.words for each in read("UAVISION - ENGENHARIA DE SISTEMAS").names)


def test_what_is_in_brackets_is_left_out_of_one_name_and_part_of_another() -> None:
    keys = {each.key for each in read("Nokia (Finland)").names}
    assert keys == {"nokia", "nokiafinland"}


@pytest.mark.parametrize(("text", "is_one"), [("CNRS", True), ("Inserm", False), ("AB", True)])
def test_what_is_written_as_an_acronym(text: str, is_one: bool) -> None:
    assert is_acronym(text) is is_one


def test_numbers_of_universities_are_numbers_however_they_are_written() -> None:
    assert name("Université Paris III").words == name("Universite Paris 3").words
    assert name("Université Bordeaux-I").words != name("Université de Bordeaux").words


def test_text_read_in_the_wrong_encoding_is_repaired() -> None:
    assert repaired("J√∂nk√∂ping") == "Jönköping"
    assert repaired("MÃ¼nster") == "Münster"
    assert repaired("São Tomé √") == "São Tomé √"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ROMA", "Rome"),
        ("PARIS CEDEX 16", "Paris"),
        ("Den Haag", "The Hague"),
        ("BADALONA BARCELONA", "Badalona"),
        ("Louvain la Neuve", "Louvain-la-Neuve"),
        ("Frankfurt", "Frankfurt am Main"),
        ("ONDREJOV", "Ondřejov"),
    ],
)
def test_cities_agree_in_other_languages_and_with_districts(one: str, other: str) -> None:
    assert agree(place(one), place(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sant Feliu de Llobregat", "Sant Boi de Llobregat"),
        ("Hamburg", "Hannover"),
        ("", "Rome"),
        ("12345", "54321"),
    ],
)
def test_other_cities_do_not_agree(one: str, other: str) -> None:
    assert not agree(place(one), place(other))
