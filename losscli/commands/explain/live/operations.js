// The operations of a walk's numbers, each with a bound of its rounding error in units of UNIT.
// The walk's formulas are not here: they come as a list of these operations.

const UNIT = 2 ** -53,
  TINY = 2 ** -1020,
  LOST = 1e-8;
/** The error of the result that was computed last. */
let error = 0;

function exactly(value, bound) {
  error = bound !== bound ? Infinity : bound;
  return value;
}
const rounded = (value, bound) =>
  exactly(value, bound + (Number.isFinite(value) ? Math.abs(value) : 0));
/** Small integers are added and multiplied without rounding. */
const ofTwo = (value, bound, a, b) =>
  bound <= TINY && Math.abs(value) <= 2 ** 53 && Number.isInteger(a) && Number.isInteger(b)
    ? exactly(value, 0)
    : rounded(value, bound);
/** A factor of 0 wins over an infinity. */
const product = (a, b) => ((a === 0 || b === 0) && a === a && b === b ? 0 : a * b);
/** As in IEEE 754, where JavaScript has nan for a power of 1. */
const power = (a, k) => {
  if (a === 0 && k < 0) return Infinity;
  return a === 1 || (a === -1 && Math.abs(k) === Infinity) ? 1 : Math.pow(a, k);
};

function compensated(values) {
  let sum = 0,
    lost = 0;
  for (const x of values) {
    const next = sum + x;
    lost += Math.abs(sum) >= Math.abs(x) ? sum - next + x : x - next + sum;
    sum = next;
  }
  return Number.isFinite(lost) ? sum + lost : sum;
}

const smooth = (f, grows) => (x, e) => {
  const value = f(x);
  return rounded(value, (grows ? product(1 + Math.abs(value), e) : e) + Math.abs(value));
};

const compare = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

/** Operations on one, two or three numbers: their values, then their errors. */
const OPERATIONS = {
  "+": (a, b, ea, eb) => ofTwo(a + b, ea + eb, a, b),
  "-": (a, b, ea, eb) => ofTwo(a - b, ea + eb, a, b),
  "*": (a, b, ea, eb) =>
    ofTwo(product(a, b), product(Math.abs(a), eb) + product(Math.abs(b), ea) + TINY, a, b),
  "/": (a, b, ea, eb) => {
    const value = a / b;
    if (Math.abs(b) === Infinity && Number.isFinite(a)) return exactly(value, TINY);
    return rounded(value, ea / Math.abs(b) + product(Math.abs(value), eb / Math.abs(b)) + TINY);
  },
  "^": (a, k, ea, ek) => {
    const value = power(a, k);
    const slope = k ? Math.abs(k) * Math.abs(power(a, k - 1)) : 0;
    const byExponent = ek && a > 0 ? Math.abs(value * Math.log(a)) * ek : 0;
    return rounded(value, product(slope, ea) + 2 * Math.abs(value) + byExponent + TINY);
  },
  neg: (x, e) => exactly(0 - x, e),
  abs: (x, e) => exactly(Math.abs(x), e),
  exp: (x, e) => {
    const value = Math.exp(x),
      bound = e * UNIT;
    if (bound > 1) return rounded(value, Math.exp(Math.min(x + bound, 700)) / UNIT);
    const growth = bound > 1e-8 ? Math.expm1(bound) / UNIT : e;
    return rounded(value, product(value, growth) + Math.abs(value) + TINY);
  },
  log: (x, e) => {
    const value = x === 0 ? -Infinity : Math.log(x);
    return rounded(value, 2 * (e * UNIT < x / 2 ? e / x : e ? Infinity : 0));
  },
  log1p: (x, e) => rounded(x === -1 ? -Infinity : Math.log1p(x), x > -1 ? e / (1 + x) : Infinity),
  sqrt: (x, e) => {
    const value = Math.sqrt(x);
    return rounded(value, value && e * UNIT < x ? e / (2 * value) : Math.sqrt(e * UNIT) / UNIT);
  },
  tanh: smooth(Math.tanh),
  cos: smooth(Math.cos),
  sin: smooth(Math.sin),
  sinh: smooth(Math.sinh, true),
  cosh: smooth(Math.cosh, true),
  arccos: (x, e) => {
    const edge = Math.sqrt(Math.max(1 - x * x, 0));
    const room = Math.max(edge, Math.sqrt(Math.max(e * UNIT, UNIT)));
    return rounded(Math.acos(x), e / room + 1 / room);
  },
  sign: (x) => exactly(Math.sign(x) + 0, 0),
  if: (part, test, otherwise, e) => (test === 1 ? exactly(part, e) : exactly(otherwise, 0)),
  alike: (a, b, ea, eb) => {
    const room = 4 * (ea * UNIT + eb * UNIT) + 8 * UNIT * Math.max(1, Math.abs(b));
    const gap = Math.abs(a - b);
    return exactly(+(gap <= room || !Number.isFinite(gap)), 0);
  },
};
for (const [sign, holds] of Object.entries(compare)) {
  OPERATIONS[sign] = (a, b) => exactly(+holds(a, b), 0);
  // Within a formula nan is neither yes nor no.
  OPERATIONS[`[${sign}]`] = (a, b) => exactly(a !== a || b !== b ? NaN : +holds(a, b), 0);
}

function extreme(values, errors, start, isBetter) {
  let best = start,
    bound = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i] !== values[i] || best !== best) best = NaN;
    else if (isBetter(values[i], best)) best = values[i];
    if (Number.isFinite(values[i])) bound = Math.max(bound, errors[i]);
  }
  return exactly(best, bound);
}

/** Operations on any number of numbers. */
const REDUCTIONS = {
  sum: (values, errors) => {
    const small = values.every((x) => Math.abs(x) < 1e300);
    const sizes = small ? values.reduce((all, x) => all + Math.abs(x), 0) : 0;
    const bound = errors.reduce((all, e) => all + e, 0) + sizes;
    return exactly(small ? compensated(values) : values.reduce((all, x) => all + x, 0), bound);
  },
  max: (values, errors) => extreme(values, errors, -Infinity, (a, b) => a > b),
  min: (values, errors) => extreme(values, errors, Infinity, (a, b) => a < b),
  lost: (values, errors) =>
    exactly(
      +values.some((x, i) => errors[i] === Infinity || errors[i] * UNIT > LOST * Math.abs(x)),
      0,
    ),
  logsumexp: (values, errors) => {
    const top = REDUCTIONS.max(values, errors);
    if (top === -Infinity) return exactly(top, 0);
    const parts = [],
      bounds = [];
    for (const x of values) {
      const shifted = OPERATIONS["-"](x, top, 0, 0);
      parts.push(OPERATIONS.exp(shifted, error));
      bounds.push(error);
    }
    const sum = REDUCTIONS.sum(parts, bounds),
      log = OPERATIONS.log(sum, error);
    const value = OPERATIONS["+"](top, log, 0, error);
    return exactly(value, error + Math.max(...errors));
  },
};

const NOT_FINITE = { inf: Infinity, "-inf": -Infinity, nan: NaN };
const numberOf = (text) => (typeof text === "string" ? NOT_FINITE[text] : text);

/** Return the values of the whole list: the inputs, the constants, then every operation. */
function evaluate(graph, inputs) {
  const values = [...inputs, ...graph.constants.map(numberOf)];
  const errors = inputs.map(() => 0);
  for (const [times, bound] of graph.errors)
    for (let i = 0; i < times; i++) errors.push(numberOf(bound));
  const put = (value) => {
    values.push(value);
    errors.push(error);
  };
  for (const [op, times, ...places] of graph.operations) {
    if (times === 0) {
      const own = [],
        bounds = [];
      for (let i = 0; i < places.length; i += 2)
        for (let at = places[i]; at < places[i] + places[i + 1]; at++) {
          own.push(values[at]);
          bounds.push(errors[at]);
        }
      put(REDUCTIONS[op](own, bounds));
      continue;
    }
    for (let k = 0; k < times; k++) {
      const own = [],
        bounds = [];
      for (let i = 0; i < places.length; i += 2) {
        const at = places[i] + k * (places[i + 1] ?? 0);
        own.push(values[at]);
        bounds.push(errors[at]);
      }
      put(op in REDUCTIONS ? REDUCTIONS[op](own, bounds) : OPERATIONS[op](...own, ...bounds));
    }
  }
  return values;
}
