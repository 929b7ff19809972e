// The form, drawn from the language: a control for each field, by its kind.
//
// A control has `show(spec)`, and calls `change(slot, token)` with the token's text, or null to leave it out.

import { make } from "./elements.js";
import { fraction, number, numbers, read, rowOf } from "./spec.js";

// Gives { show(spec), measure(size) }; `changed(spec)` is called with the spec as the form now has it.
export function build(form, language, changed) {
  let spec = read("", language);
  const alter = (edit) => {
    const next = { ...spec, tokens: new Map(spec.tokens), strange: [...spec.strange] };
    edit(next);
    changed(next);
  };
  const change = (slot, token) =>
    alter((next) => (token === null ? next.tokens.delete(slot) : next.tokens.set(slot, token)));

  const controls = [];
  const groups = language.groups.map((group) => {
    const own = group.slots.map((slot) => control(slot, language, change)).filter(Boolean);
    if (group.name === "Output") own.unshift(formats(language, (name) => alter((next) => (next.format = name))));
    if (group.name === "Size" && language.presets.length) {
      own.unshift(presets(language, (name) => alter((next) => (next.preset = name))));
    }
    controls.push(...own);
    const said = make("span", { class: "said" });
    const open = group.name === "Size" || group.name === "Output";
    const section = make("details", { open }, make("summary", {}, group.name, said), ...own.map((c) => c.element));
    return { section, say: (now) => (said.textContent = saying(group, now)) };
  });
  form.replaceChildren(...groups.map((group) => group.section));
  form.addEventListener("submit", (event) => event.preventDefault());
  return {
    show(now) {
      spec = now;
      controls.forEach((each) => each.show(now));
      groups.forEach((group) => group.say(now));
    },
    measure: (size) => controls.forEach((each) => each.measure?.(size)),
  };
}

// What a closed section has set.
function saying(group, spec) {
  const tokens = group.slots.map((slot) => spec.tokens.get(slot)).filter(Boolean);
  return (group.name === "Output" ? [...tokens, spec.format || "auto"] : tokens).join(" ");
}

function control(slot, language, change) {
  const rows = language.tokens.filter((row) => row.slot === slot && row.kind !== "alias");
  if (!rows.length) return null;
  const make = { number: slider, flag, size, rect, colour }[rows[0].kind];
  if (make) return make(rows[0], language, change);
  if (rows[0].kind === "choice") return slot === "anchor" ? anchors(rows, language, change) : choice(rows, change);
  return text(rows[0], language, change);
}

const label = (slot) => (slot === "dpr" ? "DPR" : slot[0].toUpperCase() + slot.slice(1).replaceAll("_", " "));

function field(name, help, ...parts) {
  return make("div", { class: "field", title: help }, name, ...parts);
}

function clear(name, act) {
  return make("button", { type: "button", class: "clear", "aria-label": `Clear ${name.toLowerCase()}`, onclick: act }, "×");
}

// A slider and a number that say the same.
function pair(name, help, { low, high, whole, slider }, set, unset) {
  const id = `field-${name.toLowerCase().replaceAll(" ", "-")}`;
  const bounds = { min: low, max: high, step: whole ? 1 : "any" };
  const exact = make("input", { type: "number", id, ...bounds, inputmode: "decimal", placeholder: "–" });
  const range = slider && make("input", { type: "range", min: slider.low, max: slider.high, step: slider.step, "aria-label": name });
  const wipe = clear(name, () => {
    unset();
    exact.focus();
  });
  exact.addEventListener("input", () => (exact.value === "" ? unset() : set(exact.value)));
  range?.addEventListener("input", () => set(range.value));
  const element = field(make("label", { for: id }, name), help, range, exact, wipe);
  return {
    element,
    range,
    show(value) {
      const given = value !== "" && value !== undefined;
      element.classList.toggle("set", given);
      if (exact !== document.activeElement || Number(exact.value) !== Number(value)) exact.value = given ? value : "";
      if (range) range.value = given ? value : slider.rest;
      wipe.hidden = !given;
    },
  };
}

function slider(row, language, change) {
  let preset = "";
  const unset = () => change(row.slot, null);
  const set = (value) => {
    const rests = row.default !== null && Number(value) === row.default && !preset;
    change(row.slot, rests ? null : `${row.word}${value}`);
  };
  const both = pair(label(row.slot), row.help, row, set, unset);
  return {
    element: both.element,
    show(spec) {
      preset = spec.preset;
      const token = spec.tokens.get(row.slot);
      const alone = row.bare ?? (token && rowOf(token, language).kind === "alias" ? 1 : "");
      both.show(token && (numbers(token, language)[0] ?? alone));
    },
  };
}

function size(row, language, change) {
  let sides = ["", ""];
  const token = () => (sides[0] || sides[1] ? `${sides[0]}x${sides[1]}` : null);
  const pairs = ["Width", "Height"].map((name, side) => {
    const put = (value) => {
      sides = sides.with(side, value);
      change(row.slot, token());
    };
    const reach = { low: 1, high: 1000, step: 1, rest: 1000 };
    return { ...pair(name, row.help, { ...row, whole: true, slider: reach }, put, () => put("")), reach };
  });
  return {
    element: make("div", {}, ...pairs.map((each) => each.element)),
    show(spec) {
      const [width = "", height = ""] = numbers(spec.tokens.get(row.slot), language);
      sides = [width, height];
      pairs.forEach((each, side) => each.show(sides[side]));
    },
    measure(source) {
      pairs.forEach((each, side) => {
        each.range.max = each.reach.rest = side ? source.height : source.width;
        each.show(sides[side]);
      });
    },
  };
}

function flag(row, language, change) {
  const box = make("input", { type: "checkbox", onchange: () => change(row.slot, box.checked ? row.word : null) });
  return {
    element: make("label", { class: "field flag", title: row.help }, make("span", {}, label(row.slot)), box),
    show: (spec) => (box.checked = spec.tokens.has(row.slot)),
  };
}

// Radio buttons; one that is chosen already can be chosen again, which clears it.
function radios(name, options, pick, columns) {
  const inputs = options.map((option) => {
    const input = make("input", { type: "radio", name, value: option.value, "aria-label": option.name });
    input.addEventListener("change", () => pick(option.value));
    input.addEventListener("click", () => input.dataset.was && pick(""));
    return input;
  });
  const labels = options.map((option, i) => {
    const place = [option.place && `place-${option.place}`, option.rests && "rest"].filter(Boolean).join(" ");
    return make("label", { title: option.help, class: place }, inputs[i], make("span", {}, option.text ?? option.value));
  });
  const element = make("div", { class: columns ? "radios grid" : "radios", role: "radiogroup", "aria-label": name }, ...labels);
  return {
    element,
    show(value, given = value !== "") {
      element.classList.toggle("unset", !given);
      inputs.forEach((input) => {
        input.checked = input.value === value;
        if (input.checked) input.dataset.was = "yes";
        else delete input.dataset.was;
      });
    },
  };
}

function choice(rows, change) {
  const options = rows.map((row) => ({ value: row.word, name: row.word, help: row.help, rests: row.default }));
  const name = label(rows[0].slot);
  const group = radios(name, options, (word) => change(rows[0].slot, word || null));
  return {
    element: field(make("span", { class: "name" }, name), "", group.element),
    show: (spec) => group.show(spec.tokens.get(rows[0].slot) ?? ""),
  };
}

// A compass of those that have a place, then the others; the focus point is two numbers.
function anchors(rows, language, change) {
  const slot = rows[0].slot;
  const point = rows.find((row) => row.kind === "point");
  const words = rows.filter((row) => row.kind === "choice");
  const options = words
    .filter((row) => row.at)
    .sort((a, b) => a.at[1] - b.at[1] || a.at[0] - b.at[0])
    .concat(words.filter((row) => !row.at))
    .map((row) => ({ value: row.word, name: row.word, help: row.help, text: row.at ? "" : row.word, place: row.at ? "dot" : "word", rests: row.default }));
  const group = radios(label(slot), options, (word) => change(slot, word || null), true);
  const axes = ["across", "down"].map((axis) =>
    make("input", { type: "number", min: 0, max: 1, step: 0.01, placeholder: "–", "aria-label": `Focus ${axis}`, oninput: put }),
  );
  const element = make(
    "div",
    {},
    field(make("span", { class: "name" }, label(slot)), "", group.element),
    field(make("span", { class: "name" }, "Focus"), point.help, make("span", { class: "many" }, ...axes)),
  );
  function put() {
    const [x, y] = axes.map((input) => input.value);
    if (x === "" && y === "") change(slot, null);
    else change(slot, `${point.word}${x || 0.5}x${y || 0.5}`);
  }
  return {
    element,
    show(spec) {
      const token = spec.tokens.get(slot) ?? "";
      const focused = token !== "" && rowOf(token, language).kind === "point";
      group.show(focused ? "" : token, token !== "");
      const at = focused ? numbers(token, language) : [];
      axes.forEach((input, i) => input !== document.activeElement && (input.value = at[i] ?? ""));
    },
  };
}

function rect(row, language, change) {
  const names = ["left", "top", "width", "height"];
  const inputs = names.map((name) =>
    make("input", { inputmode: "decimal", placeholder: name, "aria-label": `${label(row.slot)} ${name}`, oninput: put }),
  );
  const wipe = clear(label(row.slot), () => change(row.slot, null));
  const element = field(make("span", { class: "name" }, label(row.slot)), row.help, make("span", { class: "many" }, ...inputs), wipe);
  function put() {
    const values = inputs.map((input) => input.value.trim());
    if (values.every((value) => value === "")) change(row.slot, null);
    if (values.some((value) => value === "")) return; // not all are there yet
    const relative = values.some((value) => value.includes("."));
    change(row.slot, row.word + values.map((value) => (relative && Number(value) >= 0 ? fraction(value) : value)).join("x"));
  }
  return {
    element,
    show(spec) {
      const values = numbers(spec.tokens.get(row.slot), language);
      const writing = inputs.includes(document.activeElement);
      if (!writing) inputs.forEach((input, i) => (input.value = values[i] ?? ""));
      element.classList.toggle("set", values.length > 0);
      wipe.hidden = values.length === 0;
    },
  };
}

function colour(row, language, change) {
  const well = make("input", { type: "color", "aria-label": `${label(row.slot)} colour`, oninput: () => put(well.value.slice(1)) });
  const exact = make("input", { placeholder: "none", "aria-label": label(row.slot), maxlength: 8, spellcheck: "false", oninput: () => put(exact.value) });
  const wipe = clear(label(row.slot), () => put(""));
  const element = field(make("span", { class: "name" }, label(row.slot)), row.help, well, exact, wipe);
  const put = (digits) => change(row.slot, digits ? `${row.word}${digits.toLowerCase()}` : null);
  return {
    element,
    show(spec) {
      const token = spec.tokens.get(row.slot);
      const digits = token ? token.slice(row.word.length) : "";
      if (exact !== document.activeElement) exact.value = digits;
      well.value = `#${/^[0-9a-f]{6}/.test(digits) ? digits.slice(0, 6) : "ffffff"}`;
      element.classList.toggle("set", Boolean(digits));
      wipe.hidden = !digits;
    },
  };
}

function text(row, language, change) {
  const id = `field-${row.slot}`;
  const example = row.example.slice(row.word.length);
  const input = make("input", { id, placeholder: example, spellcheck: "false" });
  input.addEventListener("input", () => change(row.slot, input.value ? `${row.word}${input.value}` : null));
  const wipe = clear(label(row.slot), () => change(row.slot, null));
  const element = field(make("label", { for: id }, label(row.slot)), row.help, input, wipe);
  return {
    element,
    show(spec) {
      const token = spec.tokens.get(row.slot);
      if (input !== document.activeElement) input.value = token ? token.slice(row.word.length) : "";
      element.classList.toggle("set", Boolean(token));
      wipe.hidden = !token;
    },
  };
}

function formats(language, pick) {
  const options = language.formats.map((format) => ({ value: format.name, name: format.name, help: format.media_type }));
  const group = radios("Format", options, (name) => pick(name === "auto" ? "" : name));
  return {
    element: field(make("span", { class: "name" }, "Format"), "What the result is written as; auto is by the browser's Accept.", group.element),
    show: (spec) => group.show(language.aliases[spec.format] ?? (spec.format || "auto")),
  };
}

function presets(language, pick) {
  const options = language.presets.map((preset) => make("option", { value: preset.name }, `${preset.name}: ${preset.spec}`));
  const select = make("select", { id: "field-preset", onchange: () => pick(select.value) }, make("option", { value: "" }, "none"), ...options);
  return {
    element: field(make("label", { for: "field-preset" }, "Preset"), "A transform that the settings name; the fields change it.", select),
    show: (spec) => (select.value = spec.preset),
  };
}
