# SPDX-License-Identifier: ISC
"""The bill of materials: a valid SPDX 2.3 document that says what the program is made of."""
import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from e2e.program import PATH

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sbom():
    return json.loads(Path(PATH).with_name("extauth-https.spdx.json").read_text())


def test_the_document_has_what_spdx_wants_of_one(sbom):
    assert sbom["spdxVersion"] == "SPDX-2.3"
    assert sbom["dataLicense"] == "CC0-1.0"
    assert sbom["SPDXID"] == "SPDXRef-DOCUMENT"
    assert re.fullmatch(r"https://[^#\s]+", sbom["documentNamespace"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", sbom["creationInfo"]["created"])
    assert all(re.fullmatch("(Person|Organization|Tool): .+", creator)
               for creator in sbom["creationInfo"]["creators"])


def test_every_package_has_what_spdx_wants_of_one(sbom):
    identifiers = [package["SPDXID"] for package in sbom["packages"]]
    assert len(set(identifiers)) == len(identifiers) > 6
    for package in sbom["packages"]:
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", package["SPDXID"])
        assert package["name"] and package["versionInfo"] and package["downloadLocation"]
        assert package["filesAnalyzed"] is False
        assert re.fullmatch("NOASSERTION|(Person|Organization): .+", package["supplier"])
        for reference in package.get("externalRefs", []):
            assert reference["referenceCategory"] == "PACKAGE-MANAGER"
            assert re.fullmatch(r"pkg:deb/[a-z]+/[a-z0-9+.-]+@[A-Za-z0-9.~%-]+\?arch=\w+",
                                reference["referenceLocator"])


def test_relationships_are_between_what_is_there(sbom):
    known = {package["SPDXID"] for package in sbom["packages"]} | {"SPDXRef-DOCUMENT"}
    kinds = set()
    for entry in sbom["relationships"]:
        assert {entry["spdxElementId"], entry["relatedSpdxElement"]} <= known
        kinds.add(entry["relationshipType"])
    assert kinds == {"DESCRIBES", "DYNAMIC_LINK", "DEPENDS_ON", "BUILD_TOOL_OF"}
    reached = {entry["relatedSpdxElement"] for entry in sbom["relationships"]} | {
        entry["spdxElementId"] for entry in sbom["relationships"]}
    assert reached == known


def test_it_is_about_this_very_program(sbom):
    package = sbom["packages"][0]
    content = Path(PATH).read_bytes()
    assert {entry["algorithm"]: entry["checksumValue"] for entry in package["checksums"]} == {
        "SHA1": hashlib.sha1(content).hexdigest(), "SHA256": hashlib.sha256(content).hexdigest()}
    shown = subprocess.check_output([PATH, "--version"], text=True)
    assert shown.split()[1] == package["versionInfo"]


def test_the_libraries_are_those_that_the_program_asks_for(sbom):
    asked = re.findall(r"\[(lib[a-z-]*)[\d.-]*\.so", subprocess.check_output(
        ["readelf", "-d", PATH], text=True))
    # t64: with 64 bits for time on 32-bit machines, from Debian 13 on
    linked = {entry["relatedSpdxElement"].removesuffix("t64") for entry in sbom["relationships"]
              if entry["relationshipType"] == "DYNAMIC_LINK"}
    assert linked == {"SPDXRef-package-" + name for name in (
        "libc6", "libcap-ng0", "libcjson1", "libcurl4", "libseccomp2", "libssl3", "libyaml-0-2")}
    assert {"libcurl", "libssl", "libcrypto", "libseccomp", "libcap-ng", "libcjson",
            "libyaml-", "libc"} == set(asked)


def test_versions_are_those_installed(sbom):
    for package in sbom["packages"][1:]:
        shown = subprocess.check_output(
            ["dpkg-query", "-W", "-f", "${Version}\n", package["name"]], text=True)
        assert package["versionInfo"] in shown.split(), package["name"]
