"""`python -m mayuse` is the program `mayuse`."""

from mayuse.cli.main import main

main()
