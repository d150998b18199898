"""`python -m densetrace` is the `densetrace` command."""

from densetrace.cli import main

if __name__ == "__main__":
    main()
