// What the tests do in a page: change it as a person does, and read all that it shows.

function typeInto(field, value) {
  field.focus();
  field.value = String(value);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.blur();
}

const numberRows = () => document.querySelectorAll("#controls .number");

/** Put numbers into some of the inputs, those of the file into the others. */
function change(numbers) {
  document.getElementById("reset").click();
  for (const [at, value] of Object.entries(numbers)) {
    const field = numberRows()[at].querySelector("input[type=number]");
    const radios = [...numberRows()[at].querySelectorAll("input[type=radio]")];
    if (field) typeInto(field, value);
    else radios.find((radio) => radio.parentNode.textContent === String(value)).click();
  }
}

function choose(cls) {
  const at = DATA.targets.findIndex(([each]) => each === cls);
  document.querySelectorAll(".targets input")[at].click();
}

function textOf(row) {
  const copy = row.cloneNode(true);
  for (const hidden of copy.querySelectorAll(".hidden, .drawn")) hidden.remove();
  return copy.textContent;
}

function labelOf(cell) {
  const row = cell.closest("tr"),
    name = row.querySelector("th").textContent;
  const head = cell.closest("table").querySelectorAll("thead th")[
    [...row.querySelectorAll("td")].indexOf(cell)
  ];
  return (head ? `${name} ${head.textContent}` : name).replace("◆ ", "").replace(" (target)", "");
}

function readPage() {
  const steps = [...document.querySelectorAll("#steps > li")].map((step) => ({
    name: step.querySelector("h3").textContent.replace(/^\d+\. /, ""),
    values: [...step.querySelectorAll("[data-value]")].map((cell) => [
      labelOf(cell),
      cell.dataset.value,
    ]),
    rows: [...step.querySelectorAll("table:not(.grid) tr")].map(textOf),
    text: step.textContent,
  }));
  const value = (id) => document.getElementById(id)?.dataset.value ?? null;
  return {
    steps,
    loss: value("loss"),
    file: value("file"),
    shown: document.getElementById("loss").textContent,
  };
}

function luminance([r, g, b]) {
  const [x, y, z] = [r, g, b].map((c) =>
    (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

const parts = (color) => color.match(/[\d.]+/g).map(Number);

function behind(element) {
  for (let at = element; at; at = at.parentElement) {
    const [r, g, b, alpha = 1] = parts(getComputedStyle(at).backgroundColor);
    if (alpha === 1) return [r, g, b];
  }
  return [255, 255, 255];
}

/** Return every text whose contrast is lower than that. */
function faint(least) {
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const isText =
      element.matches("input[type=number], button") ||
      [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (
      !isText ||
      element.matches("script, style, noscript, noscript *") ||
      !element.getClientRects().length
    )
      continue;
    const [light, dark] = [
      luminance(parts(getComputedStyle(element).color)),
      luminance(behind(element)),
    ].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < least)
      found.push([element.tagName, element.className, element.textContent, contrast]);
  }
  return found;
}

/** Return what is wider than the window, but for what scrolls. */
function tooWide() {
  return [...document.querySelectorAll("body *")]
    .filter(
      (element) =>
        !element.closest(".scrolled, .hidden") &&
        element.getBoundingClientRect().right > innerWidth + 0.5,
    )
    .map((element) => [element.tagName, element.className, element.textContent.slice(0, 40)]);
}

/** Return the value and the error of one operation on numbers that have errors. */
function operated(op, [values, errors]) {
  const numbers = values.map(numberOf);
  const value =
    op in REDUCTIONS ? REDUCTIONS[op](numbers, errors) : OPERATIONS[op](...numbers, ...errors);
  return [String(value), String(error)];
}
