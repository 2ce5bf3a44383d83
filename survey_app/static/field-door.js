// Whoever logs out takes their documents off the phone; whoever logs in may be somebody else, so the documents of the one
// before stay closed until the server has said who it is. What was written and not sent lies elsewhere and is untouched.
"use strict";

(() => {
    const HOLDER = "field-holder";
    if (!("caches" in window)) return;
    const purge = async () => {
        for (const name of await caches.keys()) {
            if (name === HOLDER || name.startsWith("field-user-")) await caches.delete(name);
        }
    };
    if (new URLSearchParams(location.search).has("left")) {
        purge().catch(() => {});
        return;
    }
    const doubted = async () => {
        if (!(await caches.has(HOLDER))) return;
        const shelf = await caches.open(HOLDER);
        for (const request of await shelf.keys()) {
            if (!new URL(request.url).pathname.endsWith("/app/holder")) continue;
            const known = await (await shelf.match(request)).json();
            await shelf.put(request, new Response(JSON.stringify({...known, unsure: true})));
        }
    };
    // Listens from the first moment: a phone that is slow to look for documents must not be faster to log in.
    const form = document.querySelector("form[method=post]");
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        doubted().catch(() => {}).finally(() => form.submit());
    });
})();
