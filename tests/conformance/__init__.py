"""The official test suites, run through an HTTP server and through our validator.

python -m tests.conformance --help
"""
