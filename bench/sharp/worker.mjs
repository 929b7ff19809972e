// Makes images with sharp as it is told, a JSON task a line on standard input, a JSON answer a line on standard output.
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);

const sources = new Map();

function source(task) {
  if (!sources.has(task.source)) {
    sources.clear();
    sources.set(task.source, readFileSync(task.source));
  }
  return sources.get(task.source);
}

function make(data, task) {
  const [width, height, channels] = task.raw ?? [];
  let image = sharp(data, task.raw ? { raw: { width, height, channels } } : {});
  if (task.width) image = image.resize(task.width, task.height ?? null);
  return image.toFormat(task.format, task.quality ? { quality: task.quality } : {}).toBuffer();
}

for await (const line of createInterface({ input: process.stdin })) {
  const task = JSON.parse(line);
  try {
    const data = source(task);
    const began = process.hrtime.bigint();
    const used = process.cpuUsage();
    let made;
    for (let i = 0; i < task.repeat; i++) made = await make(data, task);
    const seconds = Number(process.hrtime.bigint() - began) / 1e9 / task.repeat;
    const { user, system } = process.cpuUsage(used);
    const cpu = (user + system) / 1e6 / task.repeat;
    if (task.out) writeFileSync(task.out, made);
    console.log(JSON.stringify({ seconds, cpu, bytes: made.length }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }));
  }
}
