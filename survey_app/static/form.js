// A refused form: the summary takes the focus even where the browser ignores autofocus on it. A form sent twice is sent once.
"use strict";

document.getElementById("errors")?.focus();

document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
        event.preventDefault();
        return;
    }
    form.dataset.sent = "1";
    // A page that comes back from the browser's memory can be sent again.
    window.addEventListener("pageshow", () => delete form.dataset.sent, {once: true});
});
