// Whoever logs out takes their documents off the phone; whoever logs in may be somebody else, so the documents of the one
// before stay closed until the server has said who it is. What was written and not sent lies elsewhere and is untouched.
"use strict";

(async () => {
    const HOLDER = "field-holder";
    if (!("caches" in window) || !(await caches.has(HOLDER))) return;
    if (new URLSearchParams(location.search).has("left")) {
        for (const name of await caches.keys()) {
            if (name === HOLDER || name.startsWith("field-user-")) await caches.delete(name);
        }
        return;
    }
    const form = document.querySelector("form[method=post]");
    const doubted = async () => {
        const shelf = await caches.open(HOLDER);
        for (const request of await shelf.keys()) {
            if (!new URL(request.url).pathname.endsWith("/app/holder")) continue;
            const known = await (await shelf.match(request)).json();
            await shelf.put(request, new Response(JSON.stringify({...known, unsure: true})));
        }
    };
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        doubted().catch(() => {}).finally(() => form.submit());
    }, {once: true});
})().catch(() => {});
