"use strict";
// A click on a column's name sorts its table by it; another one turns the order around.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    if (body.querySelector(`td:nth-child(${column + 1}) svg`)) return; // plots have no order
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent.trim();
    heading.replaceChildren(button);
    button.addEventListener("click", () => {
      const ascending = heading.getAttribute("aria-sort") !== "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
      const value = (row) => {
        const cell = row.cells[column];
        const text = (cell.querySelector("time")?.dateTime ?? cell.textContent).trim();
        return { text, number: text === "" ? NaN : Number(text) };
      };
      const compare = (one, other) =>
        Number.isNaN(one.number) || Number.isNaN(other.number)
          ? one.text.localeCompare(other.text)
          : one.number - other.number;
      const rows = [...body.rows].map((row) => ({ row, key: value(row) }));
      rows.sort((one, other) => (ascending ? 1 : -1) * compare(one.key, other.key));
      body.replaceChildren(...rows.map(({ row }) => row));
    });
  });
}
