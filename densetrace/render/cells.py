"""How many columns of a terminal a text takes. rich knows; it is loaded for what is not ASCII."""


def cell_len(text: str) -> int:
    """The columns that a text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
