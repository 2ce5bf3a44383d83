// Renews the numbers of a campaign while the page is looked at. Without it the page is whole, and as old as its hour.
"use strict";

const live = document.getElementById("live");
const lost = document.getElementById("not-live");

async function renew() {
    // Never under somebody's hands: a link that has the focus, a table that is being read, a page in the background.
    if (document.hidden || live.contains(document.activeElement) || String(getSelection())) return;
    try {
        const answer = await fetch(location.href, {credentials: "same-origin"});
        if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.getElementById("live");
        if (!fresh) throw new Error("no numbers");
        const open = [...live.querySelectorAll("details[open]")].map((one) => one.id);
        live.replaceChildren(...fresh.childNodes);
        for (const id of open) document.getElementById(id)?.setAttribute("open", "");
        said();
        lost.hidden = true;
    } catch {
        lost.hidden = false;
    }
}

function said() {
    for (const note of live.querySelectorAll(".scripted")) note.hidden = false;
}

if (live && live.dataset.every) {
    said();
    setInterval(renew, Number(live.dataset.every) * 1000);
}
