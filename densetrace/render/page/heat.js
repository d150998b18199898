// A heat map of an array: a cell for each number, or for each block of a large array.

const SVG = "http://www.w3.org/2000/svg";
const MOST_CELL = 22;
const WIDEST_MAP = 320;

function drawn(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** The heat map of a grid by its index, as elements; none where a value has none. */
function heatMap(index, name) {
  const grid = trace.grids[index];
  if (!grid) return [];
  const [rows, columns, largest, caption, levels] = grid;
  const size = Math.max(2, Math.min(MOST_CELL, WIDEST_MAP / columns, WIDEST_MAP / rows));
  const picture = drawn("svg", {
    viewBox: `0 0 ${columns} ${rows}`, role: "img", class: "heat", "aria-label": `Heat map of ${name}: ${textAt(caption)}`,
  });
  picture.style.setProperty("width", `${(columns * size) / 16}rem`);
  const crossed = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = 2 * (row * columns + column);
      const level = parseInt(levels.slice(at, at + 2), 16);
      const cell = drawn("rect", { x: column, y: row, width: 1, height: 1 });
      const share = Math.abs(level - 128) / 127;
      cell.setAttribute("class", level === 0 ? "nan" : level < 128 ? "minus" : "plus");
      cell.style.setProperty("--share", `${Math.round(share * 100)}%`);
      picture.append(cell);
      // Not by colour alone: a negative cell has a line across.
      if (level && level < 128 && share > 0.03) crossed.push(`M${column + 0.3} ${row + 0.5}h.4`);
    }
  }
  if (crossed.length) picture.append(drawn("path", { d: crossed.join(""), class: "sign" }));
  const legend = made("div", "legend");
  const end = (kind, text) => { legend.append(made("span", `swatch ${kind}`), made("span", "", text)); };
  if (textAt(largest) !== "0") {
    end("minus", `−${textAt(largest)}`);
    end("zero", "0");
    end("plus", textAt(largest));
  }
  legend.append(made("span", "quiet", textAt(caption)));
  return [picture, legend];
}
