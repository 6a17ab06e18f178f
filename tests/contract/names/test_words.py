"""How names fall into words, and how near two words are."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.contract.names.words import alike, edits, fold, is_plural, lexicon, mates, singular, split
from mock_server.contract.prepared import stored


@pytest.mark.parametrize(
    "name",
    ["form_uuids", "formUuids", "FormUUIDs", "formUUIDS", "form-uuids", "form uuids", "form.uuids", "form[uuids]",
     "formuuids", "FORM_UUIDS", "$form_uuids", "form_uuids[]", "__form__uuids__"],
)  # fmt: skip
def test_every_way_to_join_words_falls_into_the_same_words(name: str) -> None:
    assert split(name) == ("form", "uuids")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("e-mail", ("email",)),
        ("user_e_mail", ("user", "email")),
        ("emailaddress", ("email", "address")),
        ("perPage", ("per", "page")),
        ("pageno", ("page", "no")),
        ("formuuidfilter", ("form", "uuid", "filter")),
        ("getHTTPStatus", ("get", "http", "status")),
        ("userIDs", ("user", "ids")),
        ("address1", ("address1",)),
        ("format", ("format",)),
        ("prénomUsuel", ("prénom", "usuel")),
        ("都市", ("都市",)),
        ("", ()),
        ("[]", ()),
    ],
)
def test_a_name_falls_into_these_words(name: str, words: tuple[str, ...]) -> None:
    assert split(name) == words


@pytest.mark.parametrize(
    ("plural", "one"),
    [("uuids", "uuid"), ("ids", "id"), ("statuses", "status"), ("properties", "property"), ("people", "person"),
     ("boxes", "box"), ("addresses", "address"), ("searches", "search")],
)  # fmt: skip
def test_a_plural_has_its_singular(plural: str, one: str) -> None:
    assert (singular(plural), is_plural(plural), is_plural(one)) == (one, True, False)


@pytest.mark.parametrize("word", ["status", "address", "is", "has", "bus", "analysis", "data", "plan"])
def test_what_only_looks_like_a_plural_is_none(word: str) -> None:
    assert singular(word) == word


@pytest.mark.parametrize(
    ("word", "wanted", "likeness"),
    [
        ("form", "form", 1.0),
        ("survey", "form", 0.85),
        ("segmnet", "segment", 0.92),
        ("fomr", "form", 0.92),
        ("attrib", "attribute", 0.85),
        ("sgmt", "segment", 0.85),
        ("surveey", "form", 0.8),
        ("from", "form", 0.0),  # a word of its own, no slip
        ("data", "date", 0.0),
        ("farm", "form", 0.0),
        ("city", "form", 0.0),
        ("i", "id", 0.0),
    ],
)
def test_words_are_as_near_as_spelling_and_meaning_make_them(word: str, wanted: str, likeness: float) -> None:
    assert alike(word, wanted) == likeness


@pytest.mark.parametrize(
    ("left", "right", "most", "count"),
    [("form", "form", 1, 0), ("form", "fomr", 1, 1), ("form", "frm", 1, 1), ("form", "forms", 1, 1),
     ("form", "farm", 2, 1), ("ca", "abc", 3, 3), ("", "ab", 2, 2), ("abcd", "dcba", 2, 3), ("form", "platform", 2, 3)],
)  # fmt: skip
def test_edits_are_counted_up_to_a_limit(left: str, right: str, most: int, count: int) -> None:
    assert edits(left, right, most) == count
    assert edits(right, left, most) == count


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=60))
def test_splitting_loses_no_letter(text: str) -> None:
    assert "".join(split(text)) == fold(text)


def test_the_table_holds_singulars_in_lower_case_and_no_word_twice_in_one_row() -> None:
    table = stored("words.yaml")
    rows = [*table["synonyms"].values(), *table["verbs"].values(), *(v for v in table.values() if isinstance(v, list))]
    for row in rows:
        assert len(row) == len(set(row)), row
        assert [word for word in row if not isinstance(word, str) or word != singular(word.lower())] == []


def test_every_phrase_means_a_word_of_the_contract_with_known_words() -> None:
    table = lexicon()
    for word, phrases in table.phrases.items():
        assert set(map(singular, split(word))) <= table.known
        assert set(chain(*phrases)) <= table.known


def test_what_is_to_be_heeded_is_said_of_words_in_the_row() -> None:
    table = lexicon()
    assert table.caveats
    assert [(word, row) for word, row in table.caveats if word not in table.row(row)] == []


def test_synonyms_go_both_ways() -> None:
    table = lexicon()
    for word in table.rows:
        assert all(word in mates(mate) for mate in mates(word))
