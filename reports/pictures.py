"""A chart as a picture of its own, for slides and mails; no browser is needed."""

from typing import Literal

from reports.charts import standalone
from reports.parts import Chart

WIDTH = 900  # pixels
SCALE = 2  # of a PNG, for screens with two pixels for each


def draw(chart: Chart, form: Literal["svg", "png"]) -> bytes:
    """Return a chart as SVG or PNG, on white, with its title."""
    import vl_convert

    spec = standalone(chart.spec, title=chart.title, width=WIDTH)
    if form == "png":
        png: bytes = vl_convert.vegalite_to_png(spec, scale=SCALE)
        return png
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg.encode()
