// The page: numbers and a target that can be changed, and the steps that follow from them.

const state = { inputs: [], target: null };

/** Return the branch whose decisions these numbers take, and how many of its steps they reach. */
function branchOf(values) {
  let best = null,
    reached = -1;
  for (const branch of DATA.branches.filter((each) => each.target === state.target)) {
    const wrong = branch.guards.find(
      ([tests, holds]) => tests.every((at) => values[at] === 1) !== holds,
    );
    if (!wrong) return [branch, branch.steps.length];
    if (wrong[2] > reached) [best, reached] = [branch, wrong[2]];
  }
  return [best, reached];
}

function draw() {
  const values = evaluate(DATA.graph, state.inputs);
  const [branch, reached] = branchOf(values),
    whole = reached === branch.steps.length;
  const steps = branch.steps.slice(0, reached).map((at) => DATA.steps[at]);
  find("steps").replaceChildren(...steps.map((step, i) => stepOf(step, i + 1, branch, values)));
  const shownLoss = (at) => (whole && at !== null ? one(at, values) : "–");
  find("loss").textContent = shownLoss(branch.loss);
  find("loss").dataset.value = whole ? String(values[branch.loss]) : "";
  if (find("file")) {
    find("file").textContent = shownLoss(branch.fileLoss);
    find("file").dataset.value = whole ? String(values[branch.fileLoss]) : "";
  }
  find("other-case").hidden = whole;
  find("other-case").textContent = whole
    ? ""
    : `From step ${reached + 1} on another case of the formula applies, which this page does not have. ${DATA.elsewhere}`;
  drawGradient(branch, whole ? steps : [], values);
  for (const control of controls) control();
  const isUnchanged =
    state.target === DATA.target &&
    DATA.inputs.every((input, i) => Object.is(state.inputs[i], input.value));
  find("reset").disabled = isUnchanged;
  for (const was of document.querySelectorAll("[data-was]")) was.hidden = isUnchanged;
}

/** Functions that show the state in the controls. */
const controls = [];

function reset() {
  state.inputs = DATA.inputs.map((input) => input.value);
  state.target = DATA.target;
}

function choice(group, text, label, isChosen, choose) {
  const radio = element("input", {
    type: "radio",
    name: group,
    "aria-label": label,
    onchange: () => {
      choose();
      draw();
    },
  });
  controls.push(() => {
    radio.checked = isChosen();
  });
  return element("label", { class: "choice" }, radio, text);
}

/** Say why a number is refused; nothing if it is not. */
function refusal(input, x) {
  const isOutside = input.values.length
    ? !input.values.includes(x)
    : (input.low !== null && x < input.low) ||
      (input.high !== null && x > input.high) ||
      (input.nonzero && x === 0);
  if (!Number.isFinite(x)) return "not a number";
  if (!isOutside) return "";
  return input.nonzero ? "must not be 0" : `must be in ${input.domain}`;
}

function numberRow(input, i) {
  const name = input.label || input.role,
    full = input.label ? `${input.role}, ${input.label}` : input.role;
  const was = element("small", { class: "was" });
  const title = element("span", { class: `name${tint(input.cls)}` }, name);
  if (input.values.length) {
    const choices = input.values.map((x) =>
      choice(
        `input-${i}`,
        String(x),
        `${full}: ${x}`,
        () => state.inputs[i] === x,
        () => {
          state.inputs[i] = x;
        },
      ),
    );
    return element(
      "div",
      { class: "number", role: "radiogroup", "aria-label": full },
      title,
      element("span", { class: "choices" }, ...choices),
    );
  }
  const span = Math.max(3, 2 * Math.abs(input.value));
  const low = input.low ?? input.value - span,
    high = input.high ?? input.value + span;
  const step = 10 ** (Math.floor(Math.log10(high - low)) - 2);
  const set = (x, field) => {
    const why = refusal(input, x);
    field.setAttribute("aria-invalid", why ? "true" : "false");
    complaint.textContent = why;
    if (!why) {
      state.inputs[i] = x;
      draw();
    }
  };
  const complaint = element("small", { class: "bad", role: "alert", id: `complaint-${i}` });
  const slider = element("input", {
    type: "range",
    min: low,
    max: high,
    step: "any",
    "aria-label": `${full}, slider`,
    oninput: () =>
      set(Number((Math.round(slider.valueAsNumber / step) * step).toPrecision(12)), field),
  });
  const field = element("input", {
    type: "number",
    step: "any",
    "aria-label": full,
    "aria-describedby": `complaint-${i}`,
    oninput: () => set(field.value === "" ? NaN : Number(field.value), field),
  });
  controls.push(() => {
    if (document.activeElement !== slider) slider.value = state.inputs[i];
    if (document.activeElement !== field || Number(field.value) !== state.inputs[i])
      field.value = String(state.inputs[i]);
    if (complaint.textContent && Number(field.value) === state.inputs[i])
      complaint.textContent = "";
    was.textContent = Object.is(state.inputs[i], input.value)
      ? ""
      : `was ${column([input.value], "given", DATA.digits)[0]}`;
  });
  return element("div", { class: "number" }, title, slider, field, was, complaint);
}

function build() {
  const form = find("controls");
  if (DATA.targets.length > 1) {
    const choices = DATA.targets.map(([cls, label]) =>
      choice(
        "target",
        element("span", { class: `name${tint(cls)}` }, label),
        `target: ${label}`,
        () => state.target === cls,
        () => {
          state.target = cls;
        },
      ),
    );
    form.append(
      element(
        "fieldset",
        { class: "targets" },
        element("legend", {}, "target"),
        element("div", { class: "choices" }, ...choices),
      ),
    );
  }
  // A role of one number needs no part of its own.
  const part = (input) => (input.label ? `${input.role} (${input.kind})` : "numbers");
  for (const title of new Set(DATA.inputs.map(part))) {
    const rows = DATA.inputs
      .map((input, i) => (part(input) === title ? numberRow(input, i) : null))
      .filter(Boolean);
    form.append(element("fieldset", {}, element("legend", {}, title), ...rows));
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  find("reset").addEventListener("click", () => {
    reset();
    for (const field of document.querySelectorAll("[aria-invalid=true]"))
      field.setAttribute("aria-invalid", "false");
    draw();
  });
}

reset();
build();
draw();
document.documentElement.dataset.ready = "true";
