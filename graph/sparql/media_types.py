"""Media types of the results of SELECT and ASK (SPARQL 1.1 Query Results, W3C 2013)."""

from __future__ import annotations

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
