// Numbers as the terminal writes them; see losscli/output/digits.py.

const LARGEST = 1e9,
  MOST = 99,
  SMALLEST_SCALE = 8;
const odd = (x) => (x !== x ? "nan" : x > 0 ? "inf" : "-inf");

/** Round digits half to even, as Python does, where JavaScript rounds half up. */
function halfEven(text, longer) {
  // A longer text is exact: after the shorter one's digits come a 5 and zeros if it is a tie.
  const [mantissa, power = ""] = text.split("e"),
    digits = longer.split("e")[0];
  const next = digits.slice(mantissa.length).replace(".", "");
  if (!/^50*$/.test(next) || Number(mantissa.at(-1)) % 2 === 0) return text;
  const down = digits.slice(0, mantissa.length);
  return power ? `${down}e${power}` : down;
}

function fixed(x, decimals) {
  const text = x.toFixed(decimals);
  return halfEven(text, x.toFixed(100)) + "";
}

function exponential(x, decimals) {
  const text = halfEven(x.toExponential(decimals), x.toExponential(100));
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** Fixed decimals, or a power of ten where those would hide the number. */
function shown(x, decimals) {
  if (!Number.isFinite(x)) return odd(x);
  if (Math.abs(x) >= LARGEST) return exponential(x, Math.max(decimals - 1, 0));
  const text = fixed(x, decimals);
  return x && decimals && Number(text) === 0 ? exponential(x, Math.max(decimals - 1, 0)) : text;
}

/** A few significant digits, as Python's format g. */
function general(x, digits) {
  if (!Number.isFinite(x)) return odd(x);
  if (x === 0) return "0";
  const long = exponential(x, Math.max(digits, 1) - 1),
    power = Number(long.split("e")[1]);
  const trim = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power >= -4 && power < digits) return trim(fixed(x, digits - 1 - power));
  const [mantissa, exponent] = long.split("e");
  return `${trim(mantissa)}e${exponent}`;
}

function ownDecimals(x) {
  if (!Number.isFinite(x)) return 0;
  const size = Math.abs(x);
  if (size && (size < 1e-4 || size >= 1e16)) return MOST;
  return (String(x).split(".")[1] ?? "").length;
}

/** Numbers below each other, in one form. */
function column(values, form, digits) {
  if (form === "scaled") {
    const largest = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
    const zeros = largest ? -Math.floor(Math.log10(largest)) - 1 : 0;
    if (zeros > SMALLEST_SCALE) return values.map((x) => general(x, digits));
    return values.map((x) => shown(x, digits + Math.max(0, zeros)));
  }
  const own =
    form === "given" ? Math.max(0, ...values.map((x) => Math.min(digits, ownDecimals(x)))) : digits;
  return values.map((x) => shown(x, own));
}
