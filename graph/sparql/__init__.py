"""Running a SPARQL query, from text to rows: scanner, screening, bindings, engine, results."""
