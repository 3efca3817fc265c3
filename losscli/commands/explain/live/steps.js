// The steps as elements: templates filled with the values of the operations.

const DATA = JSON.parse(document.getElementById("data").textContent);
const find = (id) => document.getElementById(id);

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** Write phrases; numbers at the same place of phrases of one shape get the same decimals. */
function written(phrases, values) {
  const flat = phrases.map((phrase) => phrase.flatMap((piece) => counted(piece, values)));
  const shape = (phrase) =>
    phrase.map((piece) => (typeof piece === "string" ? piece : "")).join("\0");
  const filled = flat.filter((phrase) => phrase.length);
  const alike = new Set(filled.map(shape)).size === 1;
  const text = (piece, all) => {
    const [at, form, guarded] = piece;
    const texts = column(
      all.map((other) => values[other[0]]),
      form,
      DATA.digits,
    );
    const own = texts[all.indexOf(piece)];
    return guarded && own.startsWith("-") ? `(${own})` : own;
  };
  return flat.map((phrase) =>
    phrase
      .map((piece, i) =>
        typeof piece === "string"
          ? piece
          : text(piece, alike ? filled.map((other) => other[i]) : [piece]),
      )
      .join(""),
  );
}

/** Return the pieces of a sum of those parts that count, or any other piece as it is. */
function counted(piece, values) {
  if (typeof piece === "string" || Array.isArray(piece)) return [piece];
  const parts = piece.sum.filter(([test]) => values[test] === 1).map(([, pieces]) => pieces);
  if (!parts.length) return ["0"];
  // A minus needs brackets only after a plus.
  const bare = parts[0].map((one) => (Array.isArray(one) ? one.slice(0, 2) : one));
  const found = [bare, ...parts.slice(1).map((pieces) => [" + ", ...pieces])].flat();
  return piece.bracketed && parts.length > 1 ? ["(", ...found, ")"] : found;
}

const one = (at, values) => shown(values[at], DATA.digits);
const tint = (cls) => {
  const at = cls === undefined || cls === null ? -1 : DATA.tints.indexOf(cls);
  return at < 0 ? "" : ` t${at % 6}`;
};

/** A bar of a share of 1, or of a part of the largest to both sides of zero. */
function bar(share, isSigned) {
  const filled = element("span", { class: share < 0 ? "less" : "more" });
  const size = Number.isFinite(share) ? Math.min(1, Math.abs(share)) : 0;
  filled.style.width = `${100 * size * (isSigned ? 0.5 : 1)}%`;
  if (isSigned) filled.style.marginLeft = `${share < 0 ? 50 - 50 * size : 50}%`;
  return element(
    "span",
    { class: `bar${isSigned ? " signed" : ""}`, "aria-hidden": "true" },
    filled,
  );
}

function named(row, branch, values) {
  const isTarget = branch.marks.some(([cls, test]) => cls === row.cls && values[test] === 1);
  const name = element("th", { scope: "row" });
  if (isTarget) name.classList.add("target");
  if (row.name.length > 24) name.classList.add("long");
  if (isTarget) name.append("◆ ");
  name.append(row.name);
  if (isTarget) name.append(element("span", { class: "hidden" }, " (target)"));
  return name;
}

function tableOf(step, branch, values) {
  const table = element("table"),
    body = element("tbody");
  const hows = written(
    step.rows.map((row) => row.how ?? []),
    values,
  );
  const results = written(
    step.rows.map((row) => (row.value && !row.answer ? [row.value] : [])),
    values,
  );
  step.rows.forEach((row, i) => {
    const line = element("tr", { class: tint(row.cls).trim() || null }, named(row, branch, values));
    if (row.answer) {
      line.append(
        element(
          "td",
          { class: "how", colspan: 3 },
          hows[i],
          " → ",
          element("strong", {}, row.answer),
        ),
      );
      body.append(line);
      return;
    }
    line.append(
      element("td", { class: "how" }, hows[i]),
      element("td", { class: "equals" }, hows[i] && row.value ? "=" : ""),
    );
    const value = element("td", { class: "value" }, results[i]);
    if (row.value) value.dataset.value = String(values[row.value[0]]);
    line.append(value);
    if (step.bars)
      line.append(element("td", { class: "drawn" }, row.value ? bar(values[row.value[0]]) : ""));
    body.append(line);
  });
  table.append(body);
  return table;
}

function gridOf(grid, values) {
  const marked = new Set(grid.marks.map((mark) => mark.join()));
  const head = grid.columns.map((text) => element("th", { scope: "col" }, text));
  const rows = grid.rows.map((name, i) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, name),
      ...grid.cells[i].map((at, j) => {
        const isBest = marked.has(`${i},${j}`);
        return element(
          "td",
          { class: isBest ? "best" : null, "data-value": String(values[at]) },
          `${isBest ? "◆ " : ""}${one(at, values)}`,
        );
      }),
    ),
  );
  return element(
    "div",
    { class: "scrolled", tabindex: 0, role: "group", "aria-label": "all states and steps" },
    element(
      "table",
      { class: "grid" },
      element("thead", {}, element("tr", {}, element("td"), ...head)),
      element("tbody", {}, ...rows),
    ),
  );
}

function stepOf(step, number, branch, values) {
  const title = element("h3", { id: `step-${number}` }, `${number}. ${step.name}`);
  const drawn = element("li", {}, title);
  if (step.formula) drawn.append(element("p", { class: "formula" }, step.formula));
  if (step.onlyIf !== undefined && values[step.onlyIf] !== 1) {
    drawn.append(
      element(
        "p",
        { class: "why" },
        "Another path is the best one for these numbers. " + DATA.elsewhere,
      ),
    );
    return drawn;
  }
  if (step.grid) drawn.append(gridOf(step.grid, values));
  if (step.rows.length) drawn.append(tableOf(step, branch, values));
  for (const [text, at] of step.checks) {
    const holds = values[at] === 1;
    drawn.append(element("p", { class: holds ? "good" : "bad" }, `${holds ? "✓" : "✗"} ${text}`));
  }
  for (const [text, why] of step.derivation ?? [])
    drawn.append(
      element("p", { class: "formula" }, text, element("span", { class: "why" }, ` (${why})`)),
    );
  drawn.append(element("p", { class: "why" }, step.why));
  return drawn;
}

function drawGradient(branch, steps, values) {
  const groups = steps
    .filter((step) => step.role)
    .map((step) => {
      const ats = step.rows.map((row) => row.value?.[0]);
      const largest = Math.max(
        ...ats.map((at) => Math.abs(values[at])).filter(Number.isFinite),
        1e-300,
      );
      const texts = written(
        step.rows.map((row) => [row.value]),
        values,
      );
      const lines = step.rows.map((row, i) =>
        element(
          "tr",
          { class: tint(row.cls).trim() || null },
          named(row, branch, values),
          element("td", { class: "drawn" }, bar(values[ats[i]] / largest, true)),
          element("td", { class: "value" }, texts[i]),
        ),
      );
      return element(
        "table",
        {},
        element("caption", {}, step.role),
        element("tbody", {}, ...lines),
      );
    });
  find("gradient").replaceChildren(...groups);
  find("gradient-card").hidden = !groups.length;
}
