"""What the options of one imgproxy URL have set together, and what all of it means as changes of a transform."""

from typing import Any

from firstsight.errors import BadToken
from firstsight.grammars.dialect import Changes, Notes
from firstsight.grammars.imgproxy_box import box, crop
from firstsight.records import dataclass, field
from firstsight.settings import Settings
from firstsight.transform import DEFAULTS, LOSSY, Format, Transform

#: What is left out with an option that does not go together with the others.
_KEYS = {
    "zoom": "zoom",
    "force": "type",
    "extend": "extend",
    "extend_aspect_ratio": "ratio",
    "min-width": "least_width",
    "min-height": "least_height",
    "gravity": "gravity",
    "crop": "crop_size",
}


@dataclass(slots=True)
class Options:
    """What the options of one URL have set, later ones over earlier ones."""

    values: dict[str, Any] = field(default_factory=dict)
    qualities: dict[Format, int] = field(default_factory=dict)
    presets: list[str] = field(default_factory=list)
    #: What the presets make together; None without one.
    base: Transform | None = None
    expires: int | None = None
    #: The name that it is saved under, whether it is, whether the source is given as it is, and formats that always
    #: are.
    filename: str = ""
    attached: bool = False
    raw: bool = False
    skipped: set[Format] = field(default_factory=set)

    @property
    def of_the_answer(self) -> list[str]:
        """The options that concern the answer and not the image, which a preset of ours cannot hold."""
        said = {
            "expires": self.expires is not None,
            "filename": self.filename,
            "return_attachment": self.attached,
            "raw": self.raw,
            "skip_processing": self.skipped,
        }
        return [name for name, is_said in said.items() if is_said]

    def use(self, name: str, settings: Settings, notes: Notes) -> None:
        """Take a preset as the base of what the URL says. Raises BadToken for an unknown one, unless lenient."""
        preset = settings.presets.get(name)
        if preset is None:
            notes.refuse(f"preset:{name}", "a preset of the settings")
            return
        chosen = {field: getattr(preset.transform, field) for field in DEFAULTS}
        if self.base is not None:
            earlier = {field: getattr(self.base, field) for field in DEFAULTS}
            chosen = earlier | {field: value for field, value in chosen.items() if value != DEFAULTS[field]}
        self.base = Transform(**chosen)
        self.presets.append(name)
        notes.add(f"preset:{name}", f"the preset '{name}'")

    def settle(self, notes: Notes) -> Changes:
        """Give the changes of all options. Those that do not go together are refused, or left out if lenient."""
        while True:
            try:
                return self.meaning()
            except BadToken as error:
                notes.refuse(error.token, error.expected)
                self.values.pop(_KEYS[error.token])

    def so_far(self) -> Changes:
        """Give what has been set until now; nothing while it does not go together."""
        try:
            return self.meaning()
        except BadToken:  # the options that follow may mend it
            return {}

    def meaning(self) -> Changes:
        """Give all of it as changes of a transform. Raises BadToken for options that cannot be together."""
        values = self.values
        changes: Changes = {name: value for name, value in values.items() if name in DEFAULTS}
        changes |= box(values)
        if "crop_size" in values:
            changes |= crop(values)
        dpr = changes.get("dpr", 1)
        if "blur" in changes:
            changes["blur"] = min(100, changes["blur"] / dpr)
        if "pixelate" in changes:
            changes["pixelate"] = max(1, round(changes["pixelate"] / dpr))
        if changes.get("rotate") in (90, 270):
            sides = changes.pop("flip", False), changes.pop("flop", False)
            changes |= {name: True for name, set_ in zip(("flop", "flip"), sides, strict=True) if set_}
        format = changes.get("format", Format.AUTO)
        if "quality" not in changes and format in self.qualities and format in LOSSY:
            changes["quality"] = self.qualities[format]
        return changes
