"""Small files in the publisher's own form, made up for tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

PROJECT = [
    "id",
    "acronym",
    "status",
    "title",
    "startDate",
    "endDate",
    "totalCost",
    "ecMaxContribution",
    "legalBasis",
    "topics",
    "ecSignatureDate",
    "frameworkProgramme",
    "masterCall",
    "subCall",
    "fundingScheme",
    "nature",
    "objective",
    "contentUpdateDate",
    "rcn",
    "grantDoi",
    "keywords",
]
ORGANIZATION = [
    "projectID",
    "projectAcronym",
    "organisationID",
    "vatNumber",
    "name",
    "shortName",
    "SME",
    "activityType",
    "street",
    "postCode",
    "city",
    "country",
    "nutsCode",
    "geolocation",
    "organizationURL",
    "contactForm",
    "contentUpdateDate",
    "rcn",
    "order",
    "role",
    "ecContribution",
    "netEcContribution",
    "totalCost",
    "endOfParticipation",
    "active",
]


def quoted(rows: Iterable[Sequence[str]]) -> str:
    """Rows as CORDIS writes them: semicolons, every cell in quotes."""
    return "".join(";".join(f'"{cell}"' for cell in row) + "\n" for row in rows)


def table(columns: Sequence[str], rows: Iterable[dict[str, str]]) -> str:
    """A table with cells for some columns, and the others empty."""
    return quoted([columns, *([row.get(c, "") for c in columns] for row in rows)])


def project(id: str = "101000001", **cells: str) -> dict[str, str]:
    """A row of project.csv."""
    return {
        "id": id,
        "acronym": f"P{id[-1]}",
        "title": "A made-up project",
        "startDate": "2022-01-01",
        "endDate": "2025-12-31",
        "ecMaxContribution": "300000,5",
        "frameworkProgramme": "HORIZON",
        "contentUpdateDate": "2025-04-01 10:00:00",
        **cells,
    }


def participation(id: str = "101000001", pic: str = "999000001", **cells: str) -> dict[str, str]:
    """A row of organization.csv."""
    return {
        "projectID": id,
        "organisationID": pic,
        "name": f"BODY {pic[-1]}",
        "activityType": "REC",
        "country": "SE",
        "contentUpdateDate": "2025-04-01 10:00:00",
        "order": "1",
        "role": "participant",
        "ecContribution": "300000.5",
        "endOfParticipation": "false",
        **cells,
    }


class Folder:
    """A folder with files of an edition, written one by one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files: list[Path] = []

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file, which counts among the edition's files."""
        path = self.path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if path not in self.files:
            self.files.append(path)
        return path

    def projects(self, *rows: dict[str, str]) -> Folder:
        """Write project.csv."""
        self.write("project.csv", table(PROJECT, rows))
        return self

    def participations(self, *rows: dict[str, str]) -> Folder:
        """Write organization.csv."""
        self.write("organization.csv", table(ORGANIZATION, rows))
        return self

    def topics(self, *rows: Sequence[str]) -> Folder:
        """Write topics.csv."""
        self.write("topics.csv", quoted([("projectID", "topic", "title"), *rows]))
        return self
