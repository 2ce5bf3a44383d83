// Presenter mode: arrow keys and a clicker turn the screens, the stop's time runs, and what was typed is not left behind
// without a question. Everything works without it.
"use strict";

{
    // ---- the way on: the arrow that points on in the page's direction, and the keys of a clicker ----
    const rtl = document.documentElement.dir === "rtl";
    const ways = {
        [rtl ? "ArrowLeft" : "ArrowRight"]: "next",
        [rtl ? "ArrowRight" : "ArrowLeft"]: "prev",
        PageDown: "next",
        PageUp: "prev",
    };
    const typing = "input, textarea, select, [contenteditable], [role=region]";

    document.addEventListener("keydown", (event) => {
        const way = ways[event.key];
        if (!way || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.target.closest(typing)) return;
        const link = document.querySelector(`.dock a[rel=${way}]`);
        if (!link) return;
        event.preventDefault();
        link.click();
    });

    // ---- the stop's time: it goes on over the screens of a stop, and over a page that is opened again ----
    const timer = document.querySelector(".timer");
    if (timer) {
        const key = `meeting:${timer.dataset.key}`;
        const begun = Number(sessionStorage.getItem(key)) || Date.now();
        sessionStorage.setItem(key, String(begun));
        const time = timer.querySelector(".time");
        const words = timer.querySelector(".over-words");
        time.dir = "ltr";
        const show = () => {
            const left = Number(timer.dataset.minutes) * 60 - Math.floor((Date.now() - begun) / 1000);
            const seconds = Math.abs(left);
            time.textContent = `${left < 0 ? "+" : ""}${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
            timer.classList.toggle("over", left < 0);
            words.textContent = left < 0 ? timer.dataset.over : "";
        };
        show();
        setInterval(show, 1000);
    }

    // ---- the whole screen ----
    const whole = document.querySelector(".whole-screen");
    if (whole && document.fullscreenEnabled) {
        whole.hidden = false;
        whole.addEventListener("click", () => {
            if (document.fullscreenElement) document.exitFullscreen();
            else document.documentElement.requestFullscreen();
        });
    }

    // ---- what was typed ----
    for (const form of document.querySelectorAll("form[data-kept]")) {
        let touched = false;
        form.addEventListener("input", () => { touched = true; });
        form.addEventListener("submit", () => { touched = false; });
        window.addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
    }
    // A panel that opens is where one writes next; a refused form has its summary, which takes the focus itself.
    if (!document.getElementById("errors")) document.querySelector(".panel textarea")?.focus();
}
