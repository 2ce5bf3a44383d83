// The reviewers' desk by keyboard. Keys are read by their place, so that they work while typing in Hebrew; whoever
// steers by voice can turn them off. Without scripts everything is there as links, buttons and folded parts.
"use strict";

(() => {
    const keys = document.getElementById("keys");
    const button = document.getElementById("keys-switch");
    if (!keys) return;
    const NAME = "desk-keys";
    let on = localStorage.getItem(NAME) !== "off";

    const show = () => { button.textContent = on ? button.dataset.on : button.dataset.off; };
    button.addEventListener("click", () => {
        on = !on;
        localStorage.setItem(NAME, on ? "on" : "off");
        show();
    });
    keys.hidden = false;
    show();

    const unfold = (id) => {
        const part = document.getElementById(id);
        if (!part) return;
        part.open = true;
        part.scrollIntoView({block: "start"});
        part.querySelector("form input[type=checkbox], form textarea")?.focus();
    };

    // Items with something to look at: failed, marked, with a comment, a finding or a correction.
    const stops = [...document.querySelectorAll("tr[id^=item-]")].filter((row) =>
        row.matches(".failed, .marked") || row.querySelector(".comment-words, .badge.warn, .corrected"));
    let at = -1;
    const step = (by) => {
        if (!stops.length) return;
        at = Math.min(Math.max(at + by, 0), stops.length - 1);
        const row = stops[at];
        row.tabIndex = -1;
        row.scrollIntoView({block: "center"});
        row.focus({preventScroll: true});
    };

    const ACTS = {
        KeyA: () => {
            const approve = document.getElementById("approve");
            approve?.scrollIntoView({block: "center"});
            approve?.focus({preventScroll: true});
        },
        KeyS: () => unfold("return"),
        KeyR: () => unfold("reject"),
        KeyN: () => document.getElementById("skip")?.click(),
        KeyJ: () => step(1),
        KeyK: () => step(-1),
    };
    document.addEventListener("keydown", (event) => {
        const act = ACTS[event.code];
        const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select");
        if (!on || !act || typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
        event.preventDefault();
        act();
    });
})();
