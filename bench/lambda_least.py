"""The least that a function of pyvips and obstore can be: get, decode, resize, encode, put, and no more."""

import base64
import os
import threading
from typing import Any

import obstore
import pyvips
from obstore.store import S3Store

STORE = S3Store(
    "bucket",
    endpoint=os.environ["AWS_ENDPOINT_URL"],
    region=os.environ["AWS_REGION"],
    virtual_hosted_style_request=False,
    client_options={"allow_http": True},
)
pyvips.cache_set_max(0)
pyvips.concurrency_set(1)


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Answer with an image of 720 pixels' width; its source is known to be decoded well at half its size."""
    key = event["rawPath"][1:]
    data = obstore.get(STORE, key.rpartition("/")[0]).bytes()
    image = pyvips.Image.jpegload_buffer(memoryview(data), shrink=2, access="sequential")
    made = image.resize(720 / image.width).jpegsave_buffer(Q=80, optimize_coding=True, keep="none")
    threading.Thread(target=obstore.put, args=(STORE, key, made)).start()
    headers = {"Content-Type": "image/jpeg"}
    return {"statusCode": 200, "headers": headers, "isBase64Encoded": True, "body": base64.b64encode(made).decode()}
