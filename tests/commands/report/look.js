// What the tests ask a report: which texts are too faint on what is behind them.

const numbers = (color) => color.match(/[\d.]+/g).map(Number);

function luminance(color) {
  const [r, g, b] = color.map((c) =>
    (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function paintOf(element) {
  const style = getComputedStyle(element);
  const paint = element instanceof SVGElement ? style.fill : style.backgroundColor;
  if (!/^rgb/.test(paint) || element.matches("svg, g, line, text, title")) return null;
  const [r, g, b, alpha = 1] = numbers(paint);
  return [[r, g, b], alpha * Number(style.opacity) * Number(style.fillOpacity || 1)];
}

/** Return the color at the middle of a text, all that is painted below it put together. */
function behind(text, box) {
  const at = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  let color = [255, 255, 255];
  for (const element of [document.documentElement, ...at.reverse()]) {
    const paint = element === text || text.contains(element) ? null : paintOf(element);
    if (paint) color = color.map((c, i) => c * (1 - paint[1]) + paint[0][i] * paint[1]);
  }
  return color;
}

/** Return every text whose contrast is lower than that. */
function faint(least) {
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].find((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.matches("title")) continue;
    element.scrollIntoView({ block: "center", inline: "center" });
    const range = document.createRange();
    range.selectNodeContents(own);
    const style = getComputedStyle(element);
    const paint = numbers(element.matches("svg *") ? style.fill : style.color).slice(0, 3);
    const below = behind(element, range.getClientRects()[0]);
    const [dark, light] = [luminance(paint), luminance(below)].sort((a, b) => a - b);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < least) found.push([element.tagName, own.data, contrast, paint, below]);
  }
  return found;
}
