"""Names of 0.1: an import by one gives what it gave, and says where that is now."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import pytest

from missiongraph.moved import MOVED, NAMES, ROOMS


@pytest.mark.parametrize("old", MOVED)
def test_an_old_name_gives_the_module_and_a_warning(old: str) -> None:
    new = import_module(f"missiongraph.{MOVED[old]}")
    with pytest.warns(DeprecationWarning, match=f"missiongraph.{old} is now {new.__name__}"):
        assert import_module(f"missiongraph.{old}") is new
    assert new.__spec__ and new.__spec__.name == new.__name__


def test_a_name_that_never_was_is_none() -> None:
    assert find_spec("missiongraph.nothing") is None


@pytest.mark.parametrize(("old", "new"), [("draw", "build_network"), ("draw_from", "load_network")])
def test_an_old_function_of_networks_warns(old: str, new: str) -> None:
    networks = import_module("missiongraph.networks")
    with pytest.warns(DeprecationWarning, match=new):
        assert getattr(networks, old) is getattr(networks, new)


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("networks.measures", "MEASURES"),
        ("networks.operations", "perform"),
        ("validation", "validate"),
    ],
)
def test_a_module_that_is_a_package_now_gives_its_names_and_a_warning(
    package: str, name: str
) -> None:
    new = import_module(f"missiongraph.{package}.{ROOMS[package]}")
    room = import_module(f"missiongraph.{package}")
    with pytest.warns(DeprecationWarning, match=f"{name} is now {new.__name__}.{name}"):
        assert getattr(room, name) is getattr(new, name)
    with pytest.raises(AttributeError, match="has no attribute"):
        getattr(room, "no" + "thing")


@pytest.mark.parametrize("old", NAMES)
def test_a_name_that_left_its_module_is_found_with_a_warning(old: str) -> None:
    module, _, name = old.rpartition(".")
    with pytest.warns(DeprecationWarning):
        found = getattr(import_module(f"missiongraph.{module}"), name)
    new, _, called = NAMES[old].rpartition(".")
    assert found is getattr(import_module(f"missiongraph.{new}"), called)
