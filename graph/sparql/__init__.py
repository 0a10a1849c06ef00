"""A query on its way from text to rows: scanner, screening, bindings, engine, results."""
