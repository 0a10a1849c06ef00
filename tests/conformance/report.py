"""The report: what passed, what failed as expected, and what is news."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .suites import APART, Outcome, Suite, apart

_FILE = Path(__file__).with_name("expected.toml")


@dataclass(frozen=True)
class Verdict:
    """A suite's outcome beside what was expected of it."""

    outcome: Outcome
    expected: frozenset[str]

    @property
    def new(self) -> dict[str, str]:
        """Failures that nobody expected, with what was wrong."""
        return {n: why for n, why in self.outcome.failed.items() if n not in self.expected}

    @property
    def unexpected(self) -> list[str]:
        """Tests that pass and were expected to fail."""
        return [name for name in self.outcome.passed if name in self.expected]

    @property
    def good(self) -> bool:
        """Whether all went as expected."""
        return not self.new and not self.unexpected

    def news(self) -> str:
        """What did not go as expected, a test a line."""
        failed = [f"  failed: {name}: {' '.join(why.split())}" for name, why in self.new.items()]
        return "\n".join(failed + [f"  passed unexpectedly: {name}" for name in self.unexpected])


def expected(server: str) -> dict[str, str]:
    """The tests that this server is expected to fail, each with the reason."""
    groups = tomllib.loads(_FILE.read_text("utf-8"))["group"]
    return {
        name: group["reason"]
        for group in groups
        if group.get("server", server) == server
        for name in group["tests"]
    }


def verdict(outcome: Outcome, server: str) -> Verdict:
    """Judge an outcome by what is expected of a server."""
    return Verdict(outcome, frozenset(expected(server)))


def unknown(suites: Iterable[Suite]) -> list[str]:
    """Expected failures that are the name of no test."""
    groups = tomllib.loads(_FILE.read_text("utf-8"))["group"]
    names = {case.name for suite in suites for case in suite.cases()}
    return [name for group in groups for name in group["tests"] if name not in names]


def text(verdicts: Sequence[Verdict]) -> str:
    """The table for a terminal, and by name whatever failed."""
    lines = [f"{'suite':36}{'tests':>6}{'passed':>8}{'expected':>10}{'new':>5}"]
    for each in verdicts:
        passed, failed = len(each.outcome.passed), len(each.outcome.failed)
        counts = f"{passed + failed:6}{passed:8}{failed - len(each.new):10}{len(each.new):5}"
        lines.append(f"{each.outcome.suite:36}{counts}")
        lines += [f"    {name}" for name in each.outcome.failed if name not in each.new]
        lines += [each.news()] if not each.good else []
    lines += [f"not run: {name} ({n}): {APART[name]}" for name, n in apart().items()]
    return "\n".join(lines)


def markdown(verdicts: Sequence[Verdict], version: str, server: str) -> str:
    """The figures of README.md in this folder, with why tests are expected to fail."""
    lines = [f"Measured over HTTP with {version}.", ""]
    lines += ["| suite | tests | passed | |", "| --- | ---: | ---: | ---: |"]
    for each in verdicts:
        passed = len(each.outcome.passed)
        tests = passed + len(each.outcome.failed)
        share = f"{passed / tests:.1%}".replace("100.0", "100")
        lines.append(f"| {each.outcome.suite} | {tests} | {passed} | {share} |")
    failed = {name for each in verdicts for name in each.outcome.failed}
    reasons: dict[str, int] = {}
    for name, reason in expected(server).items():
        if name in failed:
            reasons[reason] = reasons.get(reason, 0) + 1
    lines += ["", "What fails, and why:", ""]
    lines += [f"- {count}: {reason}" for reason, count in reasons.items()]
    lines += [f"- not run, {n} of `{name}`: {APART[name]}" for name, n in apart().items()]
    return "\n".join(lines)
