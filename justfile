# What CI runs, by name (https://just.systems; `pip install rust-just` brings it). `just` lists it.

# mypy, import-linter and pdoc do not follow an editable install: here they find the package laid out.
laid_out := "python tests/support/layout.py"

_list:
    @just --list --unsorted

# Install the package so that changes count at once, with all that tests and docs need
setup:
    pip install -e '.[test,docs,plot]' pre-commit
    pre-commit install

# The tests, or those of one room: just test rdf
test room="":
    pytest tests/{{ room }}

# The tests that take long, and more examples of each property
test-long room="":
    pytest -m "long or hypothesis" tests/{{ room }}

# Style, layers and the ontology's rules
lint:
    ruff format --check .
    ruff check .
    {{ laid_out }} lint-imports
    python tests/project/architecture.py --check
    python -m missiongraph.schema.lint

# Types, strictly
types:
    {{ laid_out }} mypy -p missiongraph
    {{ laid_out }} mypy tests queries/examples

# The query editor's bundle, from server/web
site:
    cd server/web && npm ci && npm run build

# The reference of the Python API, in build/reference/, with its links checked
docs:
    {{ laid_out }} python -W ignore tests/project/reference.py

# Draw the pictures of graph/ARCHITECTURE.md anew
pictures:
    python tests/project/architecture.py

# A benchmark: just bench load --quick
bench name *options:
    python tests/benchmarks/{{ name }}.py {{ options }}

# The official W3C suites over HTTP, where they lie beside the checkout
conformance:
    python -m tests.conformance

# All that has to pass before a pull request
check: lint types test
