// The app's worker: keeps one account's documents with everything that they are made of, so that they open with no
// connection, and shows them to nobody else who logs in on this phone. What is written on the phone is not its business:
// that lies in the store, which it never touches.
"use strict";

const BASE = self.location.pathname.replace(/\/worker\.js$/, "");
const ASSETS = "field-assets";
const HOLDER = "field-holder";
const OWNER = "X-Field-User";
const LIST = `${BASE}/app/pages`;
const KNOWN = `${BASE}/app/holder`;
const DOCUMENT = new RegExp(`^${BASE}/(?:\\d+/)?in/(he|ar|en|ru)$`);
const ASSET = /(?:href|src|data-icon)="([^"]*\/static\/[^"]+)"/g;
const INSIDE = /url\("?([^")]+)"?\)/g;
const shelf = (user) => `field-user-${user}`;

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// ---- whose documents these are ---------------------------------------------------------------------------------------

// {user, language, unsure}: `unsure` is set by the login page, until the server has said who logged in.
const holder = async () => (await (await caches.open(HOLDER)).match(KNOWN))?.json() ?? null;
const setHolder = async (value) => (await caches.open(HOLDER)).put(KNOWN, new Response(JSON.stringify(value)));
const purge = async () => {
    for (const name of await caches.keys()) {
        if (name === HOLDER || name.startsWith("field-user-")) await caches.delete(name);
    }
};

// ---- fetching --------------------------------------------------------------------------------------------------------

const named = (text, pattern, base) => [...text.matchAll(pattern)]
    .map((found) => new URL(found[1].replaceAll("&amp;", "&"), base).href)
    .filter((address) => address.startsWith(self.location.origin));

const fetched = (address) => fetch(address, {cache: "no-store", redirect: "manual", credentials: "same-origin"});

// Put what a document is made of on the shelf of files; says which files it needs.
const furnish = async (text, base) => {
    const assets = await caches.open(ASSETS);
    const needed = new Set();
    for (const address of named(text, ASSET, base)) {
        needed.add(address);
        if (!(await assets.match(address))) {
            const answer = await fetched(address);
            if (!answer.ok) throw new Error(address);
            await assets.put(address, answer);
        }
        if (!address.endsWith(".css")) continue;
        for (const part of named(await (await assets.match(address)).text(), INSIDE, address)) {
            needed.add(part);
            if (await assets.match(part)) continue;
            const answer = await fetched(part);
            if (!answer.ok) throw new Error(part);
            await assets.put(part, answer);
        }
    }
    return needed;
};

// A group of documents (a visit in four languages) is taken over as a whole or not at all.
const taken = async (documents, group, user) => {
    const answers = [];
    for (const address of group.addresses) {
        const answer = await fetched(address);
        if (!answer.ok || answer.headers.get(OWNER) !== user) throw new Error(address);
        await furnish(await answer.clone().text(), new URL(address, self.location.origin));
        answers.push([address, answer]);
    }
    for (const [address, answer] of answers) await documents.put(address, answer);
};

// What no document needs any more goes, so that a phone does not fill with old releases.
const tidy = async (documents) => {
    const needed = new Set();
    const neutral = await caches.open(HOLDER);
    for (const pages of [documents, neutral]) {
        for (const request of await pages.keys()) {
            const answer = await pages.match(request);
            if (!answer.headers.get("Content-Type")?.includes("html")) continue;
            for (const address of await furnish(await answer.text(), request.url)) needed.add(address);
        }
    }
    const assets = await caches.open(ASSETS);
    for (const request of await assets.keys()) if (!needed.has(request.url)) await assets.delete(request);
};

// Documents that belong to nobody, for whoever logs in next.
const keepNeutral = async (addresses, changed) => {
    const pages = await caches.open(HOLDER);
    for (const address of addresses) {
        if (!changed && (await pages.match(address))) continue;
        const answer = await fetched(address);
        if (!answer.ok) throw new Error(address);
        await furnish(await answer.clone().text(), new URL(address, self.location.origin));
        await pages.put(address, answer);
    }
};

// What can be opened without a connection: name of a group -> its release.
const releases = (groups) => Object.fromEntries(Object.entries(groups ?? {}).map(([name, one]) => [name, one.release]));
const standing = async (state, user) => {
    const known = await holder();
    return {state, releases: known?.user === user ? releases(known.groups) : {}};
};

// The state is "kept", or "partly" when something could not be fetched: that costs nothing else, and is tried again.
const keep = async ({user, language, hold}) => {
    const answer = await fetched(LIST);
    if (answer.type === "opaqueredirect" || answer.status === 401) return standing("login", user);
    if (!answer.ok) return standing("failed", user);
    const list = await answer.json();
    if (list.user !== user) {
        await purge();
        return {state: "other"};
    }
    const before = await holder();
    if (before && before.user !== user) await purge();
    const documents = await caches.open(shelf(user));
    // Name of a group -> {release, addresses}: what is on the shelf.
    const known = before?.user === user ? before.groups ?? {} : {};
    const groups = {};
    const seen = {changed: false, lacking: false};
    for (const group of list.groups) {
        const {name, release, addresses} = group;
        const whole = (await Promise.all(addresses.map((one) => documents.match(one)))).every(Boolean);
        if (whole && (known[name]?.release === release || hold.includes(name))) {
            groups[name] = known[name] ?? {release: "", addresses};
            continue;
        }
        try {
            await taken(documents, group, user);
            groups[name] = {release, addresses};
            seen.changed = true;
        } catch {
            // The one from before goes on, if there is one.
            seen.lacking = true;
            if (whole && known[name]) groups[name] = known[name];
            continue;
        }
        // Each group counts as soon as it is whole: a connection that breaks costs only what was not there yet.
        await setHolder({user, language, unsure: false, groups: {...known, ...groups}});
    }
    await keepNeutral(list.neutral, seen.changed).catch(() => { seen.lacking = true; });
    // A visit that is over leaves the shelf, unless something of it is still being written here.
    for (const name of hold) if (known[name]) groups[name] ??= known[name];
    const wanted = new Set(Object.values(groups).flatMap((one) => one.addresses));
    for (const request of await documents.keys()) {
        if (!wanted.has(new URL(request.url).pathname)) await documents.delete(request);
    }
    await setHolder({user, language, unsure: false, groups});
    if (seen.changed && !seen.lacking) await tidy(documents);
    return {state: seen.lacking ? "partly" : "kept", releases: releases(groups)};
};

// One at a time: two windows that keep at once would take from the shelf what the other one just put there.
const turn = {last: Promise.resolve()};
self.addEventListener("message", (event) => {
    if (event.data?.act !== "keep") return;
    const work = turn.last.then(() => keep(event.data)).catch(() => standing("failed", event.data.user));
    turn.last = work.catch(() => {});
    event.waitUntil(work.then((outcome) => event.ports[0].postMessage(outcome)));
});

// ---- answering -------------------------------------------------------------------------------------------------------

const neutral = async (language) => {
    const pages = await caches.open(HOLDER);
    return (await pages.match(`${BASE}/app/locked/${language ?? "he"}`)) ?? Response.error();
};

// Somebody logged in meanwhile: only the server's own word on who it is opens the documents again.
const asked = async (request, known) => {
    let answer;
    try {
        answer = await fetch(request);
    } catch {
        return neutral(known.language);
    }
    if (answer.headers.get(OWNER) === known.user) await setHolder({...known, unsure: false});
    else if (answer.type !== "opaqueredirect" && answer.status !== 401 && answer.status < 500) await purge();
    return answer;
};

const answered = async (request, path) => {
    const known = await holder();
    if (!known) return fetch(request);
    if (known.unsure) return asked(request, known);
    const documents = await caches.open(shelf(known.user));
    const address = path === BASE ? `${BASE}/in/${known.language}` : path;
    const kept = await documents.match(address, {ignoreVary: true});
    if (!kept) return onward(request, path === BASE);
    if (path !== BASE && DOCUMENT.exec(path)[1] !== known.language) await setHolder({...known, language: DOCUMENT.exec(path)[1]});
    return kept;
};

// Pages that are not kept come from the server; without a connection the list of visits stands in for them.
const onward = async (request, isHome = false) => {
    try {
        return await fetch(request);
    } catch {
        const known = await holder();
        if (!known) return Response.error();
        return isHome ? neutral(known.language) : Response.redirect(BASE);
    }
};

self.addEventListener("fetch", (event) => {
    const {request} = event;
    const address = new URL(request.url);
    if (request.method !== "GET" || address.origin !== self.location.origin) return;
    if (request.mode === "navigate") {
        const isOurs = (address.pathname === BASE && !address.search) || DOCUMENT.test(address.pathname);
        event.respondWith(isOurs ? answered(request, address.pathname) : onward(request));
    } else if (address.pathname.includes("/static/")) {
        event.respondWith(caches.match(request, {cacheName: ASSETS, ignoreVary: true}).then((kept) => kept ?? fetch(request)));
    }
});

self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil((async () => {
        const open = await self.clients.matchAll({type: "window"});
        return open[0] ? open[0].focus() : self.clients.openWindow(BASE);
    })());
});
