// One or two? The result over the same cut of the source without loss, with a line between them to move.

import { make } from "./elements.js";
import { path, write } from "./spec.js";

// The spec of what the result is compared with: what decides the frame is kept, the rest is dropped, and nothing is lost.
export function plain(spec, language) {
  const framing = new Set(language.groups.filter((group) => group.framing).flatMap((group) => group.slots));
  const tokens = new Map([...spec.tokens].filter(([slot]) => framing.has(slot)));
  return { preset: spec.preset, tokens, strange: [], format: "png" };
}

export function build(key, spec, language, result) {
  const before = make("img", { class: "before", alt: "Before", src: path(key, write(plain(spec, language), language), language) });
  const slider = make("input", { type: "range", min: 0, max: 100, value: 50, step: 0.5, "aria-label": "Where one ends and two begins" });
  const line = make("div", { class: "line" });
  const frame = make("div", { class: "two" }, before, result, line, slider, make("span", { class: "one-label" }, "1"), make("span", { class: "two-label" }, "2"));
  const split = () => frame.style.setProperty("--split", `${slider.value}%`);
  slider.addEventListener("input", split);
  split();
  return frame;
}
