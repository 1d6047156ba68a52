"""What is shipped is pinned by hash, and under licences that ask for no more than their text and their notice."""

import json
import re
from pathlib import Path

import pytest

from infra.bill_of_materials import licences, locks, write
from infra.packaging import ROOT, names_in
from tests.linearizability import SOURCES

# Mozilla's asks for the source of its own files, which certifi's are and nobody changes.
PERMISSIVE = re.compile(r"MIT|BSD|Apache|PSF|ISC|Unlicense|MPL|Mozilla")
RESTRICTIVE = re.compile(r"GPL|AGPL|SSPL|Commons Clause|UNKNOWN", re.IGNORECASE)


@pytest.mark.parametrize("zip_name", ["api", "cdc"])
def test_licences_of_a_zip_are_permissive(zip_name: str) -> None:
    found = licences(names_in(locks()[zip_name]))
    assert len(found) > 1
    odd = {name: text for name, text in found.items() if RESTRICTIVE.search(text) or not PERMISSIVE.search(text)}
    assert odd == {}


def test_bill_names_each_package_of_a_zip(tmp_path: Path) -> None:
    bill = next(file for file in write(tmp_path) if file.name == "api.cdx.json")
    components = json.loads(bill.read_text())["components"]
    assert {component["name"] for component in components} == names_in(locks()["api"])
    assert all(component["version"] for component in components)


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda lock: lock.stem)
def test_every_requirement_is_pinned_by_hash_and_names_no_address(lock: Path) -> None:
    text = lock.read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert not [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert "://" not in text


def test_vendored_modules_are_those_of_go_mod_and_permissive() -> None:
    required = dict(re.findall(r"^require (\S+) (\S+)$", (SOURCES / "go.mod").read_text(), re.MULTILINE))
    vendored = dict(re.findall(r"^# (\S+) (\S+)$", (SOURCES / "vendor" / "modules.txt").read_text(), re.MULTILINE))
    assert vendored == required != {}
    for module in vendored:
        (licence,) = (SOURCES / "vendor" / module).glob("LICENSE*")
        first = licence.read_text().splitlines()[0]
        assert PERMISSIVE.search(first), (module, first)
        assert not RESTRICTIVE.search(first), (module, first)
