// Draws the figures of a page: each `.plot` names the JSON beside it. A click on a point opens what it stands for.
"use strict";

for (const plot of document.querySelectorAll(".plot")) {
    const {data, layout, config} = JSON.parse(document.getElementById(plot.dataset.figure).textContent);
    const narrow = window.matchMedia("(max-width: 46em)").matches;
    if (narrow) {
        layout.font.size = 12;
        // The quadrants' names would lie upon each other; axes and table say the same. A break in a trend stays named.
        if (!("bare" in plot.dataset)) delete layout.annotations;
        for (const trace of data) trace.mode = trace.mode?.replace("+text", "");
    }
    if ("bare" in plot.dataset) {
        // The caption above names the measure, and months name themselves.
        delete layout.xaxis.title;
        delete layout.yaxis.title;
        layout.margin = {...layout.margin, b: 40, t: 12};
        layout.height = 260;
    }
    Plotly.newPlot(plot, data, layout, {...config, displayModeBar: narrow || "bare" in plot.dataset ? false : "hover"});
    if (plot.dataset.open) {
        plot.on("plotly_click", (event) => {
            const code = event.points[0].customdata;
            if (code) window.location.assign(plot.dataset.open.replace("CODE", encodeURIComponent(code)));
        });
    }
}
