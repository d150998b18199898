# /// script
# requires-python = ">=3.11"
# dependencies = ["densetrace"]
#
# [tool.uv.sources]
# densetrace = { path = "../.." }
# ///
"""Compare two layers, and write one of the traces as a page to step through in a browser."""

from pathlib import Path

import densetrace

plain = densetrace.explain("Dense(4)")
regularized = densetrace.explain("Dense(4, kernel_regularizer='l2', use_bias=False)")

print(plain.diff(regularized))
page = Path("dense.html")
page.write_text(regularized.html(), encoding="utf-8")
print(f"Wrote {page}. Open it in a browser.")
