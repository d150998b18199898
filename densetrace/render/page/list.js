// A windowed list: only the visible rows are in the page. Rows may have any height: it is estimated
// until the row is shown, and then measured.

const OVERSCAN = 8;

/** An element with a class and a text, which is not read as markup. */
function made(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

class WindowedList {
  #rows = [];
  #heights = new Map();
  #offsets = new Float64Array(1);
  #shown = new Map();
  #key = "";

  /** `make(row)` returns the element of a row, `guess(row)` its estimated height in pixels. */
  constructor(scroller, tree, sheet, make, guess) {
    Object.assign(this, { scroller, tree, sheet, make, guess });
    scroller.addEventListener("scroll", () => this.draw(), { passive: true });
    let width = scroller.clientWidth;
    new ResizeObserver(() => {
      if (scroller.clientWidth !== width) {
        width = scroller.clientWidth;
        const top = this.#rows[this.#at(scroller.scrollTop)];
        this.show(this.#rows, true);
        if (top !== undefined) scroller.scrollTop = this.#offsets[this.index(top)];
      }
      this.draw();
    }).observe(scroller);
  }

  /** Show these rows; `anew` creates the elements again, because they may look different. */
  show(rows, anew = false) {
    if (anew) this.#heights.clear();
    this.#rows = rows;
    this.redraw();
  }

  /** Create the visible rows again. */
  redraw() {
    this.#measureUp();
    this.#shown.clear();
    this.#key = "";
    this.draw();
  }

  index(row) {
    let low = 0;
    let high = this.#rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#rows[middle] < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  element(row) { return this.#shown.get(row); }

  get rows() { return this.#rows; }

  /** How many rows fit on one page, at least one. */
  get page() {
    const first = this.#at(this.scroller.scrollTop);
    return Math.max(1, this.#at(this.scroller.scrollTop + this.scroller.clientHeight) - first - 1);
  }

  /** Scroll as little as needed to show a row. Heights become exact as rows are shown. */
  bring(row) {
    const index = this.index(row);
    for (let attempt = 0; attempt < 4; attempt++) {
      const { scrollTop, clientHeight } = this.scroller;
      const above = this.#offsets[index];
      const below = this.#offsets[index + 1];
      const margin = Math.min(48, clientHeight / 6);
      if (above < scrollTop) this.scroller.scrollTop = Math.max(0, above - margin);
      else if (below > scrollTop + clientHeight - margin) {
        this.scroller.scrollTop = Math.min(above, below - clientHeight + margin);
      }
      this.draw();
      if (this.scroller.scrollTop === scrollTop && this.#offsets[index] === above) return;
    }
  }

  draw() {
    if (!this.#rows.length) return this.sheet.replaceChildren();
    const { scrollTop, clientHeight } = this.scroller;
    const first = Math.max(0, this.#at(scrollTop) - OVERSCAN);
    const last = Math.min(this.#rows.length, this.#at(scrollTop + clientHeight) + OVERSCAN);
    const key = `${first}-${last}`;
    if (key === this.#key) return undefined;
    this.#key = key;
    const shown = new Map();
    for (const row of this.#rows.slice(first, last)) shown.set(row, this.#shown.get(row) ?? this.make(row));
    this.#shown = shown;
    this.sheet.replaceChildren(...shown.values());
    this.#correct(first);
    return undefined;
  }

  /** Measure the rows now shown, without moving them on the screen. */
  #correct(first) {
    const anchor = this.#at(this.scroller.scrollTop);
    const before = this.#offsets[anchor];
    let changed = false;
    for (const [row, element] of this.#shown) {
      const height = element.offsetHeight;
      if (height && this.#heights.get(row) !== height) {
        this.#heights.set(row, height);
        changed = true;
      }
    }
    if (changed) this.#measureUp();
    this.sheet.style.top = `${this.#offsets[first]}px`;
    const moved = this.#offsets[anchor] - before;
    if (moved) this.scroller.scrollTop += moved;
  }

  #measureUp() {
    const offsets = new Float64Array(this.#rows.length + 1);
    this.#rows.forEach((row, index) => {
      offsets[index + 1] = offsets[index] + (this.#heights.get(row) ?? this.guess(row));
    });
    this.#offsets = offsets;
    this.tree.style.height = `${offsets[offsets.length - 1]}px`;
  }

  /** The index of the row at this distance in pixels from the top. */
  #at(pixels) {
    let low = 0;
    let high = this.#rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#offsets[middle] <= pixels) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }
}
