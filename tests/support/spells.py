"""A network of three nodes whose ties have days, layers and sources."""

TIES = """# Who?
# network: directed
# layer: role
SELECT * { VALUES (?source ?target ?from ?to ?layer ?graph ?strength) { %s } }"""
ROWS = """(<x:a> <x:b> "2019" "2020" "lead" <x:p> 1) (<x:a> <x:b> "2021" UNDEF "help" <x:q> 2)
    (<x:b> <x:c> UNDEF UNDEF "lead" <x:p> 1)"""
