"""
What an upload costs an application with CarrierWave, before and after the move: `store!`, five versions, MiniMagick.

    .venv/bin/python -m bench.carrierwave [TIMES]

Needs Ruby with carrierwave, fog-aws and mini_magick, and ImageMagick. The store is moto's S3 on this machine, so the
time of a request to a real one comes on top: six puts became one, and one that deletes many.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.photos import sized
from firstsight.carrierwave import exporting
from firstsight.stores import open_store
from tests.servers import make_bucket, s3_server


def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    with s3_server() as server, tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        os.environ |= {"AWS_ENDPOINT_URL": server, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        os.environ |= {"AWS_REGION": "us-east-1"}
        source = sized(5, "jpg")
        module = folder / exporting.MODULE
        module.write_text(exporting.script(exporting.MODULE), "utf-8")
        print(f"{times} uploads of {source.stat().st_size:,} bytes")
        for name, more in (("before", {}), ("after", {"FIRSTSIGHT": str(module)})):
            make_bucket(server, name)
            given = {"S3": server, "BUCKET": name, "ROOT": scratch, "TIMES": str(times)}
            command = ["ruby", str(Path(__file__).with_suffix(".rb")), str(source)]
            done = subprocess.run(command, env=os.environ | given | more, capture_output=True, check=True)
            seconds = json.loads(done.stdout)
            kept = [info.size for info in open_store(f"s3://{name}").list()]
            print(
                f"{name:7} {sum(seconds):6.1f} s in all, {statistics.median(seconds) * 1000:5.0f} ms each; "
                f"{len(kept):5} objects, {sum(kept):,} bytes"
            )


if __name__ == "__main__":
    main()
