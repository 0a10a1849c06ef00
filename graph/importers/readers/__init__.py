"""Reads files as they are published: archives, encodings, delimited text, JSON, XML, workbooks."""
