// What is pasted into a page: <picture> with the smallest format first, in one and two device pixels per CSS pixel.

import { path, write } from "./spec.js";

export function picture(key, spec, language, info, size) {
  const moving = (info?.frames ?? 1) > 1 && !spec.tokens.has("frame");
  const clear = info?.alpha && !spec.tokens.has("background");
  const fallback = moving ? "gif" : clear ? "png" : "jpg";
  const better = ["avif", "webp"].filter((name) => language.formats.some((format) => format.name === name && (format.moving || !moving)));

  const address = (format, ratio) => {
    const { lossy } = language.formats.find((each) => each.name === format);
    const tokens = new Map(spec.tokens);
    if (!lossy) ["quality", "lossless"].forEach((slot) => tokens.delete(slot));
    if (ratio === 1) tokens.delete("dpr");
    else tokens.set("dpr", `dpr${ratio}`);
    return path(key, write({ ...spec, tokens, format }, language), language);
  };
  const both = (format) => `${address(format, 1)}, ${address(format, 2)} 2x`;
  const media = (name) => language.formats.find((format) => format.name === name).media_type;
  return [
    "<picture>",
    ...better.map((name) => `  <source type="${media(name)}" srcset="${both(name)}">`),
    `  <img src="${address(fallback, 1)}" srcset="${both(fallback)}" width="${size.width}" height="${size.height}" alt="">`,
    "</picture>",
  ].join("\n");
}
