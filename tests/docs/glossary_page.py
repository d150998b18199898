"""Makes docs/glossary.md from the glossary that `densetrace glossary` shows.

Run `python -m tests.docs.glossary_page` to write the page anew; a test compares it.
"""

from densetrace.teach.glossary import GLOSSARY, NOTATION
from tests.docs.made import DOCS, told, write

PAGE = DOCS / "glossary.md"

_SIGNS = "## Notation\n\nThe signs in a tree, as `densetrace glossary notation` shows them:\n"


def page() -> str:
    """The page as it should be."""
    terms = sorted(GLOSSARY, key=str.lower)
    entries = "\n".join(f"**{term}**\n: {_code(GLOSSARY[term])}\n" for term in terms)
    signs = "\n".join(f"`{sign}`\n: {_code(NOTATION[sign])}\n" for sign in NOTATION)
    source = "the terms that `densetrace glossary` shows"
    return f"# Glossary\n\n{told('tests.docs.glossary_page', source)}\n{entries}\n{_SIGNS}\n{signs}"


def _code(text: str) -> str:
    """Protect underscores and signs that Markdown would read as markup."""
    return text.replace("_", r"\_").replace("*", r"\*").replace("<", r"\<")


if __name__ == "__main__":
    write(PAGE, page)
