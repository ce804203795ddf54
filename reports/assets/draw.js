// Draws every chart of the page into its place. Colours are CSS variables: nothing is drawn again
// for dark mode or for paper.
const told = JSON.parse(document.getElementById("charts").textContent);
const drawing = Object.entries(told.specs).map(async ([name, spec]) => {
  const place = document.getElementById(`chart-${name}`);
  try {
    await vegaEmbed(place, spec, {
      actions: false,
      ast: true, // expressions are interpreted: the page forbids itself to evaluate code
      config: told.config,
      defaultStyle: false,
      mode: "vega-lite",
      renderer: "svg",
    });
  } catch (error) {
    place.classList.add("failed");
    place.textContent = "This chart could not be drawn; its numbers are in the table below.";
    console.error(name, error);
  }
});
Promise.all(drawing).then(() => {
  document.documentElement.dataset.charts = document.querySelectorAll(".chart svg.marks").length;
});
