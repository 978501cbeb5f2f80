"""`python -m ent`: the same tool as the `ent` script."""

from ent.core.cli import main

main()
