// How far a worker is, without loading the page again. Said aloud at every quarter; at the end the page shows the result.
"use strict";

const place = document.querySelector("[data-progress]");
const bar = document.getElementById("bar");
const EVERY = 1500;
let quarter = Math.floor(bar.value / 25);

async function look() {
    try {
        const answer = await fetch(place.dataset.progress, {headers: {Accept: "application/json"}, redirect: "error"});
        if (!answer.ok) {
            location.reload();
            return;
        }
        const found = await answer.json();
        if (found.over) {
            location.reload();
            return;
        }
        bar.value = found.share;
        document.getElementById("said").textContent = found.words;
        if (Math.floor(found.share / 25) > quarter) {
            quarter = Math.floor(found.share / 25);
            document.getElementById("heard").textContent = found.words;
        }
    } catch {
        // The line is cut for a moment: the next look may reach the server again.
    }
    setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
