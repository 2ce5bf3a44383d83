// Finished answers on a tablet: kept in the browser's own store under the id that they were given here, sent again and
// again with growing pauses, and forgotten only when the server names that id as received.
"use strict";

const waiting = (() => {
    const FIRST = 5_000;
    const LONGEST = 600_000;
    const state = {timer: 0};
    const home = document.body.dataset.home;

    const opened = new Promise((resolve, reject) => {
        const asked = indexedDB.open("kiosk", 1);
        asked.onupgradeneeded = () => asked.result.createObjectStore("answers", {keyPath: "id"});
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
    });
    opened.catch(() => {});

    // One step on the store; done only once the browser has written it.
    const step = async (mode, act) => {
        const base = await opened;
        return new Promise((resolve, reject) => {
            const change = base.transaction("answers", mode, {durability: "strict"});
            const asked = act(change.objectStore("answers"));
            change.oncomplete = () => resolve(asked.result);
            change.onabort = change.onerror = () => reject(change.error);
        });
    };

    const all = () => step("readonly", (store) => store.getAll());
    const put = (one) => step("readwrite", (store) => store.put(one));
    const forget = (id) => step("readwrite", (store) => store.delete(id));

    const posted = async (path, body) => {
        const answer = await fetch(`${home}/${path}`, {
            method: "POST",
            headers: {"Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest"},
            body: JSON.stringify(body),
            credentials: "same-origin",
            cache: "no-store",
        });
        return answer.ok ? answer.json() : null;
    };

    // Send one; true once the server has named its id.
    const sent = async (one) => {
        const age = Math.max(0, Math.round((Date.now() - one.born) / 1000));
        const said = await posted("responses", {...one.body, id: one.id, age}).catch(() => null);
        return said?.id === one.id && (said.state === "received" || said.state === "aside");
    };

    const show = (number) => {
        document.body.dataset.held = String(number);
        const place = document.getElementById("waiting");
        if (place) place.textContent = number ? place.dataset.words.replace("{n}", String(number)) : "";
    };

    const sweep = async (now) => {
        for (const one of await all()) {
            if (!now && one.next > Date.now()) continue;
            if (await sent(one)) {
                await forget(one.id);
            } else {
                const pause = Math.min(LONGEST, FIRST * 2 ** Math.min(one.tries, 10));
                const next = Date.now() + pause * (0.75 + Math.random() / 2);
                await put({...one, tries: one.tries + 1, next});
            }
        }
        const left = await all();
        show(left.length);
        clearTimeout(state.timer);
        if (left.length) {
            const next = Math.min(...left.map((one) => one.next));
            state.timer = setTimeout(() => flush(false), Math.max(1_000, next - Date.now()));
        }
        return left.length;
    };

    // Two windows of one tablet do not send the same at once; the server would take it once all the same.
    const flush = (now) =>
        (navigator.locks
            ? navigator.locks.request("kiosk-answers", {ifAvailable: true}, (lock) => (lock ? sweep(now) : null))
            : sweep(now)
        ).catch(() => null);

    const add = async (id, body) => {
        const one = {id, body, born: Date.now(), tries: 0, next: 0};
        try {
            await put(one);
        } catch (error) {
            // A browser that stores nothing: what can be sent at once is not lost.
            if (!(await sent(one))) throw error;
            return;
        }
        document.body.dataset.held = String((await all()).length);
        flush(true);
    };

    addEventListener("online", () => flush(true));
    return {add, flush, posted, count: async () => (await all().catch(() => [])).length};
})();
