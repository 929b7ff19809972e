"""The worst cases side by side, as one HTML page that needs no other file."""

import base64
from collections.abc import Sequence
from html import escape

from firstsight.carrierwave.verify import LEAST, Compared, Row
from firstsight.image.loaders import media_type

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: right; padding: .3rem .8rem; border-bottom: 1px solid #8884; }
th:first-child, td:first-child { text-align: left; }
.bad { color: #c22; font-weight: 600; }
section { margin: 2.5rem 0; }
h3 { overflow-wrap: anywhere; font-size: 1rem; margin: 0 0 .5rem; }
.both { display: grid; grid-template-columns: repeat(2, minmax(0, max-content)); gap: 1rem; }
figure { margin: 0; max-width: 100%; }
img { max-width: 100%; height: auto; background: repeating-conic-gradient(#8883 0 25%, #0000 0 50%) 0 0 / 16px 16px; }
figcaption { font-size: .85rem; opacity: .75; }
"""


def page(rows: Sequence[Row], worst: Sequence[Compared], originals: int) -> str:
    """Write the page: the table, then each of the worst cases as CarrierWave stored it and as it is made here."""
    cells = "\n".join(_row(row) for row in rows)
    cases = "\n".join(_case(one) for one in worst)
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>CarrierWave and Firstsight</title>
<style>{_STYLE}</style>
<h1>As CarrierWave stored it, and as Firstsight makes it</h1>
<p>{originals} originals. Similarity is SSIM: 1 is identical, and from {LEAST} on a difference is hard to see.</p>
<table>
<tr><th>Version<th>Compared<th>Same size<th>Same format<th>Least alike<th>On average<th>Bytes before<th>Bytes now</tr>
{cells}
</table>
<h2>The worst cases</h2>
{cases}
</html>
"""


def _row(row: Row) -> str:
    failing = row.trouble or row.same_size < row.compared or row.same_kind < row.compared or (row.least or 0) < LEAST
    mark = ' class="bad"' if failing else ""
    compared = f"{row.compared} of {row.compared + row.trouble}" if row.trouble else str(row.compared)
    cells = (compared, row.same_size, row.same_kind, _number(row.least), _number(row.mean))
    sizes = f"<td>{row.stored:,}<td>{row.made:,}"
    return f"<tr><td{mark}>{escape(row.name)}" + "".join(f"<td>{cell}" for cell in cells) + sizes + "</tr>"


def _case(one: Compared) -> str:
    title = f"{escape(one.pair.version)}"
    if one.trouble:
        return f'<section><h3>{title}</h3><p class="bad">{escape(one.trouble)}</p></section>'
    figures = "".join(
        f'<figure><img alt="" src="{_data(data)}" width="{size.width}" height="{size.height}">'
        f"<figcaption>{who}: {size.width}x{size.height} {kind}, {len(data):,} bytes</figcaption></figure>"
        for who, data, size, kind in zip(
            ("CarrierWave", "Firstsight"), (one.stored, one.made), one.sizes, one.kinds, strict=True
        )
    )
    mark = "" if one.passes else ' class="bad"'
    said = f"<p{mark}>Similarity {_number(one.alike)}, of <code>{escape(one.pair.original)}</code></p>"
    return f'<section><h3>{title}</h3>{said}<div class="both">{figures}</div></section>'


def _data(data: bytes) -> str:
    return f"data:{media_type(data)};base64,{base64.b64encode(data).decode()}"


def _number(value: float | None) -> str:
    return "other size" if value is None else f"{value:.4f}"
