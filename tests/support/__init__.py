"""What helps the tests of several rooms."""
