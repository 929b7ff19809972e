// The function that a team writes by itself: get the original, resize it, put the result, answer with it.
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import sharp from "sharp";

const s3 = new S3Client({ forcePathStyle: true });
const Bucket = process.env.BUCKET;

export async function handler(event) {
  const [, key, width] = event.rawPath.match(/^\/(.+)\/(\d+)x\.jpg$/);
  const original = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
  const body = await sharp(await original.Body.transformToByteArray())
    .rotate()
    .resize({ width: Number(width), withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer();
  const CacheControl = "public, max-age=3600";
  const ContentType = "image/jpeg";
  await s3.send(new PutObjectCommand({ Bucket, Key: event.rawPath.slice(1), Body: body, ContentType, CacheControl }));
  return {
    statusCode: 200,
    headers: { "Content-Type": ContentType, "Cache-Control": CacheControl },
    isBase64Encoded: true,
    body: body.toString("base64"),
  };
}
