# /// script
# requires-python = ">=3.11"
# dependencies = ["densetrace"]
#
# [tool.uv.sources]
# densetrace = { path = "../.." }
# ///
"""Compare two layers: print what differs, and write it as a page with both side by side."""

from pathlib import Path

import densetrace

plain = densetrace.explain("Dense(4)", seed=1)
regularized = densetrace.explain("Dense(4, kernel_regularizer='l2', use_bias=False)", seed=1)

print(plain.diff(regularized))
page = Path("diff.html")
page.write_text(plain.diff_html(regularized), encoding="utf-8")
print(f"Wrote {page}. Open it in a browser.")
