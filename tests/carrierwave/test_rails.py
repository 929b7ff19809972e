"""A real Rails application, in its own bundle: its uploaders are found wherever Rails loads them from."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from firstsight.cli import run
from firstsight.settings import load
from firstsight.tokens import canonical
from tests.carrierwave.conftest import CURE

#: The gems of the bundle. Each is installed, so that nothing is fetched.
GEMS = ("railties", "activerecord", "sqlite3", "carrierwave", "mini_magick")

#: What `rails new` makes, as far as it matters here, and the application's own models and uploaders.
FILES = {
    "Gemfile": "".join(f'gem "{name}"\n' for name in GEMS),
    "config/application.rb": """\
        require "logger"
        require "rails"
        require "active_record/railtie"
        Bundler.require

        module Shop
          class Application < Rails::Application
            config.load_defaults 6.1
            config.eager_load = false
            config.logger = Logger.new(nil)
          end
        end
    """,
    "config/environment.rb": """\
        require_relative "application"
        Rails.application.initialize!
    """,
    "config/database.yml": """\
        development:
          adapter: sqlite3
          database: db/development.sqlite3
    """,
    "config/initializers/carrierwave.rb": """\
        CarrierWave.configure { |config| config.storage = :file }
    """,
    "app/models/user.rb": """\
        class User < ActiveRecord::Base
          mount_uploader :avatar, PictureUploader
        end
    """,
    "app/models/blog/post.rb": """\
        module Blog
          class Post < ActiveRecord::Base
            mount_uploader :cover, PictureUploader
            mount_uploader :photo, Blog::PhotoUploader
            mount_uploader :scan, ScanUploader
          end
        end
    """,
    "app/uploaders/picture_uploader.rb": """\
        class PictureUploader < CarrierWave::Uploader::Base
          include CarrierWave::MiniMagick

          def store_dir
            "uploads/#{model.class.to_s.underscore}/#{mounted_as}/#{model.id}"
          end

          version :thumb do
            process resize_to_fill: [200, 200]
          end
        end
    """,
    "app/uploaders/blog/photo_uploader.rb": """\
        module Blog
          class PhotoUploader < CarrierWave::Uploader::Base
            include CarrierWave::MiniMagick

            def store_dir
              "photos/#{("%09d" % model.id).scan(/.../).join("/")}"
            end

            version :large do
              process resize_to_limit: [1600, nil]
              version(:card) { process resize_to_fit: [400, 300] }
            end
          end
        end
    """,
    "app/uploaders/scan_uploader.rb": """\
        class ScanUploader < CarrierWave::Uploader::Base
          include CarrierWave::MiniMagick

          def store_dir
            "scans/#{model.author.name}"
          end

          version(:page) { process resize_to_limit: [800, 800] }
        end
    """,
}


@pytest.fixture
def shop(
    ruby: str,
    require_tool: Callable[[str], str],
    require: Callable[[str], NoReturn],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The application, in a folder of its own."""
    require_tool("bundle")
    monkeypatch.delenv("RUBYLIB", raising=False)  # a bundle has its own gems
    code = "%w[rails active_record/railtie sqlite3].each { |name| require name }"
    if subprocess.run([ruby, "-e", code], capture_output=True, check=False).returncode:
        require(f"Rails is not there: {CURE} ruby-railties ruby-activerecord ruby-sqlite3")
    for name, text in FILES.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "shop"


def test_the_uploaders_of_a_rails_application_become_presets(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.parent)
    assert run(["import", "carrierwave", "--rails", "shop"]) == 0
    found = load(shop.parent / "firstsight.toml", {}).presets
    assert {name: (canonical(preset.transform), preset.carrierwave) for name, preset in found.items()} == {
        "thumb": (
            "200x200-enlarge-fine-q95",
            ("uploads/blog/post/cover/*/thumb", "uploads/user/avatar/*/thumb"),
        ),
        "large": ("1600x-fine-q95", ("photos/*/*/*/large",)),
        "large_card": ("400x300-inside-enlarge-fine-q95", ("photos/*/*/*/large_card",)),
    }
    said = capsys.readouterr().out
    assert "app/uploaders/scan_uploader.rb:1 Blog::Post.scan: Left out: the directory of its files" in said
    assert "ScanUploader, version page: As a preset by hand its transform is '800x800-inside-fine-q95'." in said
    assert not (shop / "db").exists()  # no database was asked for


def test_one_uploader_may_be_named(shop: Path, tmp_path: Path) -> None:
    file = tmp_path / "firstsight.toml"
    asked = ["import", "carrierwave", "--rails", str(shop), "--config", str(file), "Blog::PhotoUploader"]
    assert run(asked) == 0
    assert set(load(file, {}).presets) == {"large", "large_card"}


def test_a_gem_that_is_not_installed_is_told(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (shop / "Gemfile").open("a", encoding="utf-8") as file:
        file.write('gem "a_gem_that_nobody_has"\n')
    assert run(["import", "carrierwave", "--rails", str(shop)]) == 1
    said = capsys.readouterr().err
    assert "could not be loaded by Ruby" in said
    assert "a_gem_that_nobody_has" in said
