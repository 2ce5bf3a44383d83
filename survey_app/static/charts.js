// Draws the figures of a page: each `.plot` names the JSON beside it. A click on a point opens what it stands for.
"use strict";

for (const plot of document.querySelectorAll(".plot")) {
    const figure = JSON.parse(document.getElementById(plot.dataset.figure).textContent);
    const narrow = window.matchMedia("(max-width: 40em)").matches;
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (narrow) figure.layout.font.size = 12;
    if (still) figure.layout.transition = {duration: 0};
    Plotly.newPlot(plot, figure.data, figure.layout, {...figure.config, displayModeBar: narrow ? false : "hover"});
    if (plot.dataset.open) {
        plot.on("plotly_click", (event) => {
            const code = event.points[0].customdata;
            if (code) window.location.assign(plot.dataset.open.replace("CODE", encodeURIComponent(code)));
        });
    }
}
