"""How Sphinx makes the site: `sphinx-build -W docs docs/_build`. It needs no network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

project = "densetrace"
author = "the densetrace developers"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

# Terms and their definitions; headings as anchors, as in trace-format.md#a-value.
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# In docstrings a word between backticks is code, as it is in Markdown.
default_role = "code"
# What is quoted may be typed, so quotes stay as they are.
smartquotes = False
autodoc_typehints = "signature"
autodoc_member_order = "bysource"

html_theme = "furo"
html_title = "densetrace"
html_copy_source = False
html_show_sourcelink = False
