// The result: asked for as a browser asks for an image, but never from a cache, so that what is told of it is true.

import { bytes, make } from "./elements.js";
import { rowOf } from "./spec.js";

// What an <img> of this browser sends, so that `auto` becomes what it would become there.
const ACCEPT = "image/avif,image/webp,image/*,*/*;q=0.8";
// Stages that pass within others: they are told, but take no place of their own on the bar.
const INSIDE = new Set(["wait"]);

// Gives { url, blob, made, stages } or { problem }. Throws only when aborted.
export async function ask(path, signal) {
  let response, blob;
  try {
    response = await fetch(path, { signal, cache: "no-store", headers: { Accept: ACCEPT } });
    blob = await response.blob();
  } catch (error) {
    if (signal.aborted) throw error;
    return { problem: { detail: "The server does not answer.", remedy: "Start it again: firstsight serve." } };
  }
  if (!response.ok) return { problem: await readProblem(response, blob) };
  return {
    url: response.url,
    blob,
    made: response.headers.get("Firstsight-Result") ?? "",
    stages: readTiming(response.headers.get("Server-Timing") ?? ""),
    still: response.headers.get("Firstsight-Animation"),
  };
}

async function readProblem(response, blob) {
  try {
    return JSON.parse(await blob.text());
  } catch {
    return { detail: `The server answered ${response.status}.`, remedy: "Its log may say why." };
  }
}

// "find;dur=0.4, open;dur=1.2" -> [{ name: "find", ms: 0.4 }, { name: "open", ms: 1.2 }]
export function readTiming(header) {
  return header
    .split(",")
    .map((part) => part.trim().match(/^([^;]+).*;dur=([\d.]+)/))
    .filter(Boolean)
    .map(([, name, ms]) => ({ name, ms: Number(ms) }));
}

// The words of the tokens that were asked for and that the canonical URL does without.
export function leftOut(spec, canonical, language) {
  const words = (each) => [...each.tokens.values()].map((token) => [rowOf(token, language).slot, token]);
  const kept = new Set(words(canonical).map(([slot]) => slot));
  return words(spec).filter(([slot]) => !kept.has(slot)).map(([, token]) => token);
}

export function facts(result, image, source) {
  const share = source && (100 * result.blob.size) / source;
  const all = result.stages.filter((stage) => !INSIDE.has(stage.name));
  const total = all.reduce((sum, stage) => sum + stage.ms, 0);
  const fact = (value, ...more) => make("div", {}, make("strong", {}, value), make("span", { class: "quiet" }, ...more));
  return [
    fact(bytes(result.blob.size), share ? `${share < 10 ? share.toFixed(1) : Math.round(share)} % of the original` : ""),
    image && fact(`${image.naturalWidth} × ${image.naturalHeight}`, `pixels, ${result.blob.type.replace("image/", "")}`),
    fact(result.made || "answered", `in ${total < 10 ? total.toFixed(1) : Math.round(total)} ms`),
    bar(result.stages, all, total),
  ].filter(Boolean);
}

function bar(stages, parts, total) {
  const segments = parts.map((stage) => {
    const segment = make("i", { class: `stage-${stage.name}`, title: `${stage.name} ${stage.ms} ms` });
    segment.style.flexGrow = 1 + (1000 * stage.ms) / (total || 1); // what sums to less than 1 would leave a gap
    return segment;
  });
  const legend = [...parts, ...stages.filter((stage) => INSIDE.has(stage.name))].map((stage) => {
    const inside = INSIDE.has(stage.name);
    const name = inside ? "of it waiting for the store" : stage.name;
    return make("li", { class: inside ? "inside" : `stage-${stage.name}` }, `${name} `, make("b", {}, `${stage.ms}`));
  });
  return make("div", { class: "times" }, make("div", { class: "timebar", "aria-hidden": "true" }, ...segments), make("ul", { "aria-label": "Milliseconds by stage" }, ...legend));
}
