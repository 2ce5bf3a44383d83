// The tablet's worker: keeps the survey's pages with everything that they are made of, so that they open with no
// connection. A set of pages is taken over as a whole or not at all.
"use strict";

const SHELF = "kiosk-pages";
const ASSET = /(?:href|src)="([^"]*\/static\/[^"]+)"/g;
const INSIDE = /url\("?([^")]+)"?\)/g;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// Addresses of the files that a page or a style sheet names.
const named = (text, pattern, base) => [...text.matchAll(pattern)]
    .map((found) => new URL(found[1], base).href)
    .filter((address) => address.startsWith(self.location.origin));

const fetched = async (address) => {
    const answer = await fetch(address, {cache: "no-store", redirect: "error", credentials: "same-origin"});
    if (answer.status >= 500) throw new Error(String(answer.status));
    return answer;
};

// Fetch the first page and, while it is open, those that it leads to; then put them on the shelf together.
const keep = async (home, pages) => {
    const shelf = await caches.open(SHELF);
    const first = await fetched(home);
    const answers = [[home, first]];
    if (first.ok) {
        for (const address of pages) answers.push([address, await fetched(address)]);
        if (answers.some(([, answer]) => !answer.ok)) throw new Error("pages of two states");
    }
    const wanted = new Set(answers.map(([address]) => new URL(address, self.location.origin).href));
    for (const [address, answer] of answers) {
        const text = await answer.clone().text();
        for (const asset of named(text, ASSET, new URL(address, self.location.origin))) {
            wanted.add(asset);
            const held = (await shelf.match(asset)) ?? (await fetched(asset));
            if (!held.ok) throw new Error(asset);
            await shelf.put(asset, held.clone());
            if (!asset.endsWith(".css")) continue;
            for (const part of named(await held.text(), INSIDE, asset)) {
                wanted.add(part);
                if (!(await shelf.match(part))) await shelf.put(part, await fetched(part));
            }
        }
    }
    for (const [address, answer] of answers) await shelf.put(address, answer);
    for (const request of await shelf.keys()) {
        if (!wanted.has(request.url)) await shelf.delete(request);
    }
    return first.ok ? "kept" : "closed";
};

self.addEventListener("message", (event) => {
    const {home, pages} = event.data;
    const work = keep(home, pages).catch(() => "failed");
    event.waitUntil(work.then((outcome) => event.ports[0].postMessage(outcome)));
});

// A page comes from the shelf, so that it is whole; what is not there comes from the server.
const answered = async (request) => {
    const shelf = await caches.open(SHELF);
    return (await shelf.match(request, {ignoreSearch: true, ignoreVary: true})) ?? fetch(request);
};

self.addEventListener("fetch", (event) => {
    const {request} = event;
    const address = new URL(request.url);
    if (request.method !== "GET" || address.origin !== self.location.origin) return;
    if (request.mode === "navigate" || address.pathname.includes("/static/")) event.respondWith(answered(request));
});
