"""Short addresses for queries: the compressed text is the address, so the server stores nothing.

An address begins with the number of its encoding. Encodings never change, so that printed
addresses keep working.
"""

from __future__ import annotations

import base64
import binascii
import zlib

_WAY = "1"
_RAW = -15  # deflate without the header of zlib: six bytes less
_KNOWN = b"""\
FILTER NOT EXISTS { GRAPH ?graph { ?s ?p ?o } } GROUP_CONCAT(DISTINCT ?label; separator=", ")
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX qb: <http://purl.org/linked-data/cube#>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX moi: <https://w3id.org/missiongraph/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
CONSTRUCT DESCRIBE ASK LIMIT 10 ORDER BY DESC(?n) GROUP BY ?mission HAVING UNION BIND VALUES
SELECT DISTINCT ?mission ?label (COUNT(*) AS ?n) WHERE {
  ?mission a moi:Mission ; rdfs:label ?label .
  OPTIONAL { ?thing skos:prefLabel ?name } FILTER(STRSTARTS(STR(?thing), "https://"))
}
ORDER BY ?label"""
"""The dictionary for compression: common texts of queries, the commonest last."""


def packed(text: str) -> str:
    """Compress a text into letters, digits, ``-`` and ``_``."""
    press = zlib.compressobj(9, zlib.DEFLATED, _RAW, zdict=_KNOWN)
    data = press.compress(text.encode()) + press.flush()
    return _WAY + base64.urlsafe_b64encode(data).decode().rstrip("=")


def unpacked(part: str, most: int) -> str:
    """Decompress a text; raises :class:`ValueError` if it is damaged or above ``most`` characters.

    This is the inverse of :func:`packed`.
    """
    way, coded = part[:1], part[1:]
    if way != _WAY:
        raise ValueError(f"no address of a query begins with '{way}'")
    try:
        data = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
        press = zlib.decompressobj(_RAW, zdict=_KNOWN)
        text = press.decompress(data, 4 * most + 1).decode()  # UTF-8: at most 4 bytes a character
    except (binascii.Error, zlib.error, ValueError) as error:
        raise ValueError("the address of the query is incomplete") from error
    if len(text) > most or press.unconsumed_tail:
        raise ValueError(f"the query has more than {most:,} characters")
    if not press.eof:
        raise ValueError("the address of the query is incomplete")
    return text
