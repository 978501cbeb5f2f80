"""Identity providers for the demonstration and the tests: a process of its own, with its own keys and no database.

They speak the real protocols; only their people are invented, and entering as one of them takes a click.
"""
