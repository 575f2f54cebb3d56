"""`python -m stockroom`: the terminal."""

from stockroom.cli import main

main()
