"""`python -m forexhooks`: the command line."""

from forexhooks.cli import main

main()
