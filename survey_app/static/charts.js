// Draws the figures of a page: each `.plot` names the JSON beside it. A click on a point opens what it stands for.
// Where a page names the library in this script's data, it is fetched when the first figure comes near the screen.
"use strict";

{
    const {plotly, locales} = document.currentScript.dataset;
    // What fits between the margins of a sheet of A4, in pixels.
    const SHEET = 660;

    function draw(plot) {
        if (plot.dataset.drawn) return;
        plot.dataset.drawn = "yes";
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

    const brought = (address) => new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = address;
        script.addEventListener("load", resolve);
        script.addEventListener("error", reject);
        document.head.append(script);
    });

    let library = window.Plotly || !plotly ? Promise.resolve() : null;
    const ready = () => {
        // The languages' words first: the library takes what it finds.
        library ??= brought(locales).then(() => brought(plotly));
        return library;
    };

    const plots = [...document.querySelectorAll(".plot")];
    if (window.Plotly || !plotly) {
        plots.forEach(draw);
    } else if (plots.length) {
        const seen = new IntersectionObserver((entries) => {
            for (const entry of entries) {
                if (!entry.isIntersecting) continue;
                seen.unobserve(entry.target);
                // Without the library the table under the figure has the same numbers.
                ready().then(() => draw(entry.target)).catch(() => entry.target.classList.add("undrawn"));
            }
        }, {rootMargin: "60% 0px"});
        plots.forEach((plot) => seen.observe(plot));
    }

    // On paper nothing can be opened: what is folded is printed open, and a figure that nobody saw is in its table.
    const folded = () => [...document.querySelectorAll("details.data:not([open]), details.says:not([open])")];
    let opened = [];
    const fit = (width) => {
        for (const plot of plots) if (plot.dataset.drawn && window.Plotly) Plotly.relayout(plot, {width, autosize: !width});
    };
    window.addEventListener("beforeprint", () => {
        opened = folded();
        for (const part of opened) part.open = true;
        fit(SHEET);
    });
    window.addEventListener("afterprint", () => {
        for (const part of opened) part.open = false;
        fit(null);
    });
}
