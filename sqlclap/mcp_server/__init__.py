"""A library for assistants: a server of the Model Context Protocol, on standard input and output.

`server` makes it of the tools in `reading`, `statements` and `writing`; the tools know nothing of
the protocol.
"""
