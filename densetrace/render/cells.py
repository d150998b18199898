"""The width of text in terminal columns. rich is loaded only for text that is not ASCII."""


def cell_len(text: str) -> int:
    """The columns that a text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
