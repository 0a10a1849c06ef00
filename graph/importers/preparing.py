"""Prepares the rows of a table: cells as they are meant, keys, codes, joins, states."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Mapping as Table
from collections.abc import Sequence
from fnmatch import translate
from functools import cache, reduce

import polars as pl

from missiongraph.errors import MappingError
from missiongraph.resources import Inputs

from .account import Reject
from .readers.records import LIST
from .reading import FILE, FILTERED, OK, REJECTED, REPEATED, ROW, STATE
from .recipe import Codes, Importer, Join, Recipe

_HASH = 8  # hexadecimal digits
_PLACE = re.compile(r"\{(\w+)\}")
_NOTATION = re.compile(r'skos:notation "([^"]+)"')
_LIVE = pl.col(STATE) == OK
_PARENT = "the state of the parent"


def cleaned(frame: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """The frame with stripped cells, null for empty ones, and numbers with a decimal point."""
    names = [name.removesuffix("?") for name in recipe.columns]
    cells = pl.col(names).str.replace(r'^="(.*)"$', "${1}").str.strip_chars()
    frame = frame.with_columns(pl.when(~cells.is_in(["", *recipe.empty])).then(cells))
    frame = frame.with_columns(
        pl.col(name).str.replace_all(r"\s+", " ") for name in recipe.one_line
    )
    frame = frame.with_columns(pl.col(n).fill_null(pl.lit(cell)) for n, cell in recipe.fill.items())
    frame = frame.with_columns(_decimal(name) for name in recipe.decimals)
    zero = [pl.when(~_is_zero(name)).then(pl.col(name)) for name in recipe.zero_unknown]
    frame = frame.with_columns(zero).with_columns(
        pl.col(name).str.slice(0, 10) for name in recipe.days
    )
    return frame.with_columns(_date(name, forms) for name, forms in recipe.dates.items())


def _decimal(name: str) -> pl.Expr:
    """A number with a point: the last mark is the decimal one, unless it occurs more than once."""
    cell = pl.col(name).str.replace_all(r"[\s\u00a0\u202f']", "")
    commas, points = cell.str.count_matches(","), cell.str.count_matches(r"\.")
    comma_last = cell.str.contains(r",[^,.]*$")
    european = cell.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    plain = cell.str.replace_all(",", "", literal=True)
    whole = cell.str.replace_all(r"[.,]", "")
    return (
        pl.when((commas == 1) & comma_last)
        .then(european)
        .when((commas > 1) & (points > 1) | (points > 1) & (commas == 0))
        .then(whole)
        .when(commas > 0)
        .then(plain)
        .otherwise(cell)
        .alias(name)
    )


def _date(name: str, forms: str | Sequence[str]) -> pl.Expr:
    """A date as 2018-06-30 or 2018-06; one that is written otherwise stays as it is."""
    cell = pl.col(name)
    tried: list[pl.Expr] = []
    for form in [forms] if isinstance(forms, str) else forms:
        if "%d" in form:
            day = cell.str.to_date(form, strict=False)
            tried.append(day.dt.to_string("%Y-%m-%d"))
        else:
            day = (pl.lit("01 ") + cell).str.to_date(f"%d {form}", strict=False)
            tried.append(day.dt.to_string("%Y-%m"))
    return pl.coalesce(*tried, cell).alias(name)


def _is_zero(name: str) -> pl.Expr:
    return pl.col(name).str.contains(r"^[+-]?0*\.?0*$").fill_null(False)


def keyed(frame: pl.DataFrame, recipe: Recipe) -> tuple[pl.DataFrame, list[Reject]]:
    """Reject rows without a key or with that of a different row, and mark those that repeat one."""
    for name, values in recipe.leave_out.items():
        frame = filtered(frame, pl.col(name).is_in([*values]).fill_null(False))
    key = [*recipe.key]
    if not key:
        return frame, []
    empty = pl.any_horizontal(pl.col(key).is_null())
    frame, rejects = reject(
        frame, empty, key[0], "is empty, or another part of the key", "fill it in"
    )
    own = [name.removesuffix("?") for name in recipe.columns]
    again = ~pl.struct(key).is_first_distinct() & _LIVE
    same = ~pl.struct(own).is_first_distinct() & _LIVE
    frame = frame.with_columns(again.alias("again"), same.alias("same"))
    repeated = pl.when(pl.col("same")).then(pl.lit(REPEATED)).otherwise(pl.col(STATE))
    frame = frame.with_columns(repeated.alias(STATE))
    reason = f"has the key of an earlier row ({', '.join(key)}), and other values"
    frame, more = reject(frame, pl.col("again"), key[0], reason, "keep the row that is right")
    return frame.drop("again", "same"), rejects + more


def reject(
    frame: pl.DataFrame, bad: pl.Expr, column: str, reason: str, remedy: str
) -> tuple[pl.DataFrame, list[Reject]]:
    """Reject those rows that are still to be written and are ``bad``."""
    bad = bad & _LIVE
    rows = frame.filter(bad).select(FILE, ROW, column).iter_rows()
    rejects = [Reject(file, row, column, value or "", reason, remedy) for file, row, value in rows]
    return frame.with_columns(_marked(bad, REJECTED)), rejects


def filtered(frame: pl.DataFrame, out: pl.Expr) -> pl.DataFrame:
    """Filter out those rows that are still to be written and fit ``out``."""
    return frame.with_columns(_marked(out.fill_null(True) & _LIVE, FILTERED))


def _marked(where: pl.Expr, state: str) -> pl.Expr:
    return pl.when(where).then(pl.lit(state)).otherwise(pl.col(STATE)).alias(STATE)


def joined(
    frame: pl.DataFrame, join: Join, parent: pl.DataFrame | None
) -> tuple[pl.DataFrame, list[Reject]]:
    """Take columns of the parent's row; rows whose parent is left out are left out, too.

    Without the parent's table, or a parent that may be missing, the columns are null.
    """
    taken = [pl.col(old).alias(new) for new, old in join.take.items()]
    if parent is None:
        return frame.with_columns(pl.lit(None, pl.String).alias(new) for new in join.take), []
    rank = pl.col(STATE).replace_strict({OK: 0, FILTERED: 1}, default=2, return_dtype=pl.Int8)
    others = parent.sort(rank).unique(join.key, keep="first", maintain_order=True)
    others = others.select(pl.col(join.key).alias("the key"), pl.col(STATE).alias(_PARENT), *taken)
    frame = frame.join(
        others, left_on=join.on, right_on="the key", how="left", maintain_order="left"
    )
    frame = filtered(frame, (pl.col(_PARENT) == FILTERED).fill_null(False))
    rejects: list[Reject] = []
    if join.missing == "reject":
        lost = pl.col(_PARENT).is_null() | (pl.col(_PARENT) != OK)
        reason = f"names no row of {join.table} that was written"
        remedy = f"give the {join.table} table of the same edition"
        frame, rejects = reject(frame, lost, join.on, reason, remedy)
    return frame.drop(_PARENT), rejects


def coded(
    frame: pl.DataFrame, codes: Codes, importer: Importer
) -> tuple[pl.DataFrame, Counter[str]]:
    """Translate a column by a code list; returns how often each unlisted code occurs."""
    listed = _listed(codes, importer)
    known = vocabulary(codes.vocabulary) if codes.vocabulary else frozenset[str]()
    meant: dict[str, str | None] = {}
    unknown: set[str] = set()
    for cell in frame[codes.column].drop_nulls().unique():
        found: list[str] = []
        for code in cell.split(LIST):
            if (meaning := _meaning(code, listed, codes.patterns)) is not None:
                found.append(meaning)
            elif codes.default == "=" and (code in known or not known):
                found.append(code)
            else:
                unknown.add(code)
                found.append("" if codes.default == "=" else codes.default)
        meant[cell] = LIST.join(dict.fromkeys(filter(None, found))) or None
    column = pl.col(codes.column).replace_strict(meant, default=None, return_dtype=pl.String)
    frame = frame.with_columns(column.alias(codes.to))
    if codes.kept:
        words = {
            cell: LIST.join(f"{codes.column}: {c}" for c in cell.split(LIST) if c in unknown)
            for cell in meant
        }
        kept = pl.col(codes.column).replace_strict(words, default=None, return_dtype=pl.String)
        frame = frame.with_columns(pl.when(kept != "").then(kept).alias(codes.kept))
    if codes.open or not unknown:
        return frame, Counter()
    live = frame.filter(_LIVE)[codes.column].drop_nulls()
    return frame, Counter(code for cell in live for code in cell.split(LIST) if code in unknown)


def _listed(codes: Codes, importer: Importer) -> dict[str, str]:
    listed = {code.lower(): meaning for code, meaning in codes.values.items()}
    if codes.file:
        try:
            with (importer.folder / codes.file).open(encoding="utf-8", newline="") as file:
                rows = [*csv.DictReader(file)]
        except OSError as error:
            raise MappingError(f"{codes.file}: cannot be read: {error.strerror}") from error
        if not rows or codes.to not in rows[0]:
            raise MappingError(f"{codes.file}: has no column {codes.to!r}")
        listed |= {next(iter(row.values())).lower(): row[codes.to] for row in rows}
    return listed


def _meaning(code: str, listed: Table[str, str], patterns: bool) -> str | None:
    if not patterns:
        return listed.get(code.lower())
    fitting = [pattern for pattern in listed if _pattern(pattern).match(code.lower())]
    return listed[max(fitting, key=len)] if fitting else None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(translate(text))


@cache
def vocabulary(scheme: str) -> frozenset[str]:
    """The notations of one of our vocabularies; raises :class:`MappingError` for no such one."""
    for path in Inputs.shipped().vocabularies():
        if path.stem == scheme:
            return frozenset(_NOTATION.findall(path.read_text("utf-8")))
    raise MappingError(f"there is no vocabulary {scheme!r}")


def within(frame: pl.DataFrame, recipe: Recipe) -> tuple[pl.DataFrame, list[str]]:
    """Leave out references to what no row describes; returns how many, in words."""
    told: list[str] = []
    for name, other in recipe.within.items():
        there = frame.filter(_LIVE)[other].drop_nulls().unique().to_list()
        items = pl.col(name).str.split(LIST)
        kept = items.list.filter(pl.element().is_in(there))
        lost = frame.filter(_LIVE).select((items.list.len() - kept.list.len()).sum()).item()
        if lost:
            told.append(f"{lost:,} references of {recipe.name}.{name} name no row that was written")
        joined = kept.list.join(LIST)
        frame = frame.with_columns(pl.when(joined != "").then(joined).alias(name))
    return frame, told


def made(frame: pl.DataFrame, recipe: Recipe) -> pl.DataFrame:
    """Add the columns that are extracted, or that templates make: keys of slugs, and texts."""
    for name, (column, pattern, prefix) in recipe.extract.items():
        matches = pl.col(column).str.extract_all(pattern)
        text = matches.list.eval(pl.lit(prefix) + pl.element()).list.join(LIST)
        frame = frame.with_columns(pl.when(text != "").then(text).alias(name))
    hashes = {name: _hashes(frame[name]) for name in recipe.exact}

    def slug(name: str) -> pl.Expr:
        made = _slug(name)
        return made + pl.col(name).replace_strict(hashes[name]) if name in hashes else made

    for templates, part in ((recipe.keys, slug), (recipe.texts, pl.col)):
        for name, template in templates.items():
            frame = frame.with_columns(_filled(template, part).alias(name))
    frame = frame.with_columns(pl.coalesce(*each).alias(n) for n, each in recipe.first.items())
    empty = {name: pl.col(other).is_null() for name, other in recipe.when.items()}
    empty |= {name: pl.col(other).is_not_null() for name, other in recipe.unless.items()}
    empty |= {n: pl.col(n).eq_missing(pl.col(other)) for n, other in recipe.differs.items()}
    return frame.with_columns(pl.when(~bare).then(pl.col(n)).alias(n) for n, bare in empty.items())


def clashes(frame: pl.DataFrame, recipe: Recipe) -> list[str]:
    """Keys that different values share, because their slugs are the same; how many, in words."""
    told: list[str] = []
    for name, template in recipe.keys.items():
        parts = [*dict.fromkeys(_PLACE.findall(template))]
        rows = frame.filter(_LIVE & pl.col(name).is_not_null())
        values = rows.select(pl.struct(parts).n_unique()).item() if parts else 1
        if lost := values - rows[name].n_unique():
            told.append(f"{lost:,} values of {recipe.name}.{', '.join(parts)} share a key {name}")
    return told


def _filled(template: str, part: object) -> pl.Expr:
    pieces = _PLACE.split(template)
    exprs = [part(x) if n % 2 else pl.lit(x) for n, x in enumerate(pieces)]  # type: ignore[operator]
    return reduce(lambda left, right: left + right, exprs)


def _hashes(cells: pl.Series) -> dict[str, str]:
    """The beginning of the SHA-256 of each value, to follow its slug."""
    values = cells.drop_nulls().unique().to_list()
    return {value: "-" + hashlib.sha256(value.encode()).hexdigest()[:_HASH] for value in values}


def _slug(name: str) -> pl.Expr:
    slug = pl.col(name).str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-")
    return slug.str.strip_chars("-")
