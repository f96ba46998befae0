"""`python -m newsletter` is the same program as the `newsletter` command."""

from newsletter.cli.main import main

if __name__ == "__main__":
    main(prog_name="newsletter")
