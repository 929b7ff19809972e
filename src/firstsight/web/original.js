// The original: a click sets the focus point, a drag cuts, arrow keys move the focus point.
//
// It is shown as it is before the cut: turned and trimmed as the spec says. A focus point counts within the cut.

import { make } from "./elements.js";
import { fraction, number, numbers, path, read, rowOf, write } from "./spec.js";

const BEFORE_THE_CUT = ["trim", "rotate", "flip", "flop", "frame"];
const WHOLE = { left: 0, top: 0, width: 1, height: 1 };
// Pixels of the screen from which a press is a drag.
const DRAG = 5;

const within = (value) => Math.min(1, Math.max(0, value));

// Gives { show(key, spec), measure(size) }; `changed(slot, token)` is called as a form's control does.
export function build(stage, language, changed) {
  const image = make("img", { alt: "", draggable: "false" });
  const box = make("div", { class: "cut", hidden: true });
  const marker = make("div", { class: "focus", hidden: true });
  stage.append(image, box, marker);
  let source = null; // the size in pixels, oriented by the file alone
  let spec = read("", language);
  let press = null;

  image.addEventListener("load", () => stage.classList.remove("broken"));
  image.addEventListener("error", () => stage.classList.add("broken"));

  const cut = () => {
    const values = numbers(spec.tokens.get("crop"), language);
    if (values.length !== 4 || values.some((value) => value === "" || Number.isNaN(Number(value)))) return WHOLE;
    const [left, top, width, height] = values.map(Number);
    if (values.some((value) => value.includes("."))) return { left, top, width, height };
    const turned = Number(numbers(spec.tokens.get("rotate"), language)[0] ?? 0);
    if (!source || turned % 90 || spec.tokens.has("trim")) return WHOLE; // only the server knows the size then
    const [across, down] = turned % 180 ? [source.height, source.width] : [source.width, source.height];
    return { left: left / across, top: top / down, width: width / across, height: height / down };
  };

  const focus = () => {
    const token = spec.tokens.get("anchor");
    const row = token && rowOf(token, language);
    if (!row) return null;
    if (row.kind === "point") return numbers(token, language).map(Number);
    return null;
  };

  const draw = (rect) => {
    const whole = rect === WHOLE;
    box.hidden = whole;
    const point = focus();
    marker.hidden = !point;
    if (!whole) place(box, rect);
    if (point) {
      marker.style.left = `${100 * (rect.left + point[0] * rect.width)}%`;
      marker.style.top = `${100 * (rect.top + point[1] * rect.height)}%`;
    }
    const where = point ? `${Math.round(point[0] * 100)} % across, ${Math.round(point[1] * 100)} % down` : "none";
    stage.setAttribute("aria-label", `The original. Focus point: ${where}. Arrow keys move it, Delete takes it away.`);
  };

  const setFocus = (x, y) => {
    const row = language.tokens.find((each) => each.kind === "point");
    changed(row.slot, `${row.word}${number(within(x))}x${number(within(y))}`);
  };

  const at = (event) => {
    const area = image.getBoundingClientRect();
    return [within((event.clientX - area.left) / area.width), within((event.clientY - area.top) / area.height)];
  };
  const spanned = (event) => {
    const [x, y] = at(event);
    const [left, top] = [Math.min(x, press.x), Math.min(y, press.y)];
    return { left, top, width: Math.max(x, press.x) - left, height: Math.max(y, press.y) - top };
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !image.complete || !image.naturalWidth) return;
    const [x, y] = at(event);
    press = { x, y, clientX: event.clientX, clientY: event.clientY, dragged: false };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!press) return;
    const far = Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) >= DRAG;
    press.dragged ||= far;
    if (press.dragged) draw(spanned(event));
  });
  stage.addEventListener("pointerup", (event) => {
    if (!press) return;
    const { x, y, dragged } = press;
    const rect = spanned(event);
    press = null;
    if (dragged && rect.width > 0.005 && rect.height > 0.005) {
      const row = language.tokens.find((each) => each.kind === "rect");
      changed(row.slot, row.word + [rect.left, rect.top, rect.width, rect.height].map(fraction).join("x"));
    } else if (!dragged) {
      const kept = cut();
      setFocus(rounded((x - kept.left) / kept.width), rounded((y - kept.top) / kept.height));
    }
    draw(cut());
  });
  const cancel = () => {
    press = null;
    draw(cut());
  };
  stage.addEventListener("pointercancel", cancel);
  stage.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.1 : 0.02;
    const [x, y] = focus() ?? [0.5, 0.5];
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (event.key === "Escape" && press) cancel();
    else if (event.key in moves) setFocus(x + moves[event.key][0], y + moves[event.key][1]);
    else if ((event.key === "Delete" || event.key === "Backspace") && focus()) changed("anchor", null);
    else return;
    event.preventDefault();
  });

  return {
    show(key, now) {
      spec = now;
      const tokens = new Map(BEFORE_THE_CUT.filter((slot) => now.tokens.has(slot)).map((slot) => [slot, now.tokens.get(slot)]));
      tokens.set("width", "1200x1200").set("fit", "inside");
      if (!tokens.has("frame")) tokens.set("frame", "frame1");
      const wanted = path(key, write({ preset: "", tokens, strange: [], format: "webp" }, language), language);
      if (image.getAttribute("src") !== wanted) {
        image.src = wanted;
        image.alt = key;
      }
      draw(cut());
    },
    measure(size) {
      source = size;
      draw(cut());
    },
  };
}

const rounded = (value) => Math.round(value * 100) / 100;

function place(box, rect) {
  for (const side of ["left", "top", "width", "height"]) box.style[side] = `${100 * rect[side]}%`;
}
