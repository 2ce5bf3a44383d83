// The slider of the weight: shows the branches' order at another weight of service. The numbers come once, when it is
// first moved; what is drawn are the list's own rows, moved and marked anew. Without scripts the form does the same.
"use strict";

{
    const part = document.getElementById("other-weights");
    const slider = part?.querySelector("input[type=range]");
    const list = part?.querySelector(".order");
    const said = document.getElementById("weight-said");
    const back = document.getElementById("weight-official");
    const official = Number(part?.dataset.official);
    let sweep = null;

    const fetched = async () => {
        sweep ??= fetch(part.dataset.sweep, {credentials: "same-origin"})
            .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
            .then((found) => found.weights);
        return sweep;
    };

    const told = (rank) => rank.median !== null && !rank.wide;

    function tell(percent) {
        said.textContent = said.dataset.words.replace("{s}", `${percent}%`).replace("{p}", `${100 - percent}%`)
            + (percent === official ? ` · ${said.dataset.officialWords}` : "");
        back.hidden = percent === official;
        part.classList.toggle("chosen", percent !== official);
    }

    function element(name, kind, words = "") {
        const made = document.createElement(name);
        if (kind) made.className = kind;
        made.textContent = words;
        return made;
    }

    function drawRow(row, rank, percent) {
        const range = element("span", "soft");
        range.append(element("bdi", "", `${rank.low}–${rank.high}`));
        range.firstChild.dir = "ltr";
        const at = told(rank) ? [element("b", "", String(rank.median)), " ", range] : [range];
        row.querySelector(".at").replaceChildren(...at);
        const lane = row.querySelector(".interval");
        const width = 100 / rank.of;
        lane.setAttribute("class", `interval ${rank.tier ?? ""}`);
        const reach = lane.querySelector(".reach");
        reach.setAttribute("x", (rank.low - 1) * width);
        reach.setAttribute("width", (rank.high - rank.low + 1) * width);
        lane.querySelector(".place")?.remove();
        if (told(rank)) {
            const place = document.createElementNS("http://www.w3.org/2000/svg", "line");
            const middle = (rank.median - 0.5) * width;
            for (const [name, value] of Object.entries({
                class: "place", x1: middle, x2: middle, y1: 0, y2: 10, "vector-effect": "non-scaling-stroke",
            })) place.setAttribute(name, value);
            lane.append(place);
        }
        const was = row.dataset.place;
        const moved = percent !== official && was && told(rank) && Number(was) !== rank.median;
        row.querySelector(".moved").textContent = moved ? list.dataset.was.replace("{n}", was) : "";
    }

    async function show() {
        const percent = Number(slider.value);
        tell(percent);
        const weights = await fetched();
        if (percent !== Number(slider.value)) return; // moved on meanwhile
        const nearest = weights.reduce((one, other) =>
            Math.abs(other.service_weight * 100 - percent) < Math.abs(one.service_weight * 100 - percent) ? other : one);
        const rows = [...list.children].filter((row) => nearest.branches[row.dataset.code]);
        for (const row of rows) drawRow(row, nearest.branches[row.dataset.code], percent);
        const order = (row) => nearest.branches[row.dataset.code];
        rows.sort((one, other) => order(one).median - order(other).median || order(one).high - order(other).high);
        list.append(...rows);
    }

    if (slider) {
        part.classList.add("live");
        slider.addEventListener("input", () => {
            show().catch(() => slider.form.requestSubmit()); // the numbers did not come: the form brings them
        });
        back.addEventListener("click", (event) => {
            event.preventDefault();
            slider.value = String(official);
            slider.focus();
            show().catch(() => slider.form.requestSubmit());
        });
        slider.form.addEventListener("submit", () => { slider.disabled = Number(slider.value) === official; });
    }
}
