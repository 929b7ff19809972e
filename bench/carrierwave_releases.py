"""
How alike the versions are that a release of CarrierWave stored and that are made here, by engine and version.

    .venv/bin/python -m bench.carrierwave_releases [CHECKOUT...]

Without a checkout it is the installed CarrierWave. Each CHECKOUT is the folder of a release's source, of CarrierWave or
of the gem image_processing, and comes before what is installed. Needs Ruby with fog-aws, mini_magick, rmagick, and for
releases from 2.0 on image_processing, ruby-vips, addressable, marcel and ssrf_filter.

An application with the uploaders of the tests stores the example photographs the old way in moto's S3 on this machine;
`firstsight verify carrierwave` compares all of them.
"""

import json
import os
import sys
import tempfile
from pathlib import Path
from statistics import mean, median

from bench.photos import examples
from firstsight.carrierwave import exporting, presets, reading, verify
from firstsight.settings import Settings
from tests.carrierwave.conftest import APP, Application
from tests.servers import make_bucket, s3_server

#: How many of the least alike are printed.
WORST = 3
ENGINES = ("MiniMagick", "RMagick", "Vips")


def main() -> None:
    """Compare with each engine, and print a table of each."""
    os.environ["RUBYLIB"] = os.pathsep.join(str(Path(checkout).absolute() / "lib") for checkout in sys.argv[1:])
    with s3_server() as server, tempfile.TemporaryDirectory() as scratch:
        os.environ |= {"AWS_ENDPOINT_URL": server, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        os.environ |= {"AWS_REGION": "us-east-1"}
        application = Application("ruby", server, Path(scratch))
        for engine in ENGINES:
            os.environ["ENGINE"] = engine
            try:
                export = exporting.run(None, APP / "environment.rb", ["PhotoUploader"])
            except reading.BadExport as error:
                print(f"{engine}: {error.log.splitlines()[0] if error.log else error.message}")
                continue
            told = json.loads(export)
            print(f"CarrierWave {told['carrierwave']}, image_processing {told['image_processing']}, {engine}")
            _compare(application, export, engine.lower())


def _compare(application: Application, export: str, bucket: str) -> None:
    make_bucket(application.server, bucket)
    application.run(bucket, *examples(), TALL="1")
    settings = Settings(source=f"s3://{bucket}", presets=presets.take(reading.read(export), {}).presets)
    store = application.store(bucket)
    compared = list(verify.compare(store, settings, verify.sample(store, settings, len(examples()))))
    for one in verify.worst(compared, WORST):
        print(f"  {one.alike or 0:.3f} {one.pair.version.rpartition('/')[2]} {one.trouble}".rstrip())
    alike = [one.alike or 0 for one in compared]
    sizes, kinds = (sum(len(set(pair)) == 1 for pair in pairs) for pairs in zip(*map(_pairs, compared), strict=True))
    passing = sum(value >= verify.LEAST for value in alike)
    print(
        f"  {len(compared)} versions, {sizes} of the same size and {kinds} of the same format; alike {mean(alike):.3f}"
    )
    print(f"  on average, {median(alike):.3f} in the middle, {passing} from {verify.LEAST} on")


def _pairs(one: verify.Compared) -> tuple[tuple[object, object], tuple[object, object]]:
    return one.sizes, one.kinds


if __name__ == "__main__":
    main()
