// Visits and photographs on a shopper's phone, in the browser's own store. Global: `fieldStore`. Scripts in this order:
// field-photo.js, field-store.js, field-sync.js (queue, sendNow), field-export.js (exported, imported).
//
// await fieldStore.open(user)            the store of one account (number); everything else waits for it
// await visit(id), visits()              a record or undefined; all of them, with the stubs of those that were sent
// await save(visit)                      durable before it resolves; gives the record as it stands, merged with what
//                                        another tab saved meanwhile. Fails: "QuotaExceededError"; "finished", when it
//                                        was finished elsewhere (a report that came back needs a higher `round`)
// await addPhoto(id, question, file, near)   gives the photo; `near` {latitude, longitude} asks for the distance.
//                                        A receipt's question is "expense:" + the expense's id. Fails: "unreadable", …
// await removePhoto(photoId)             · await photos(id)  {id, question, sha256, size, url(), state}
// await finish(id)                       freezes the report and begins to send it
// await queue(), sendNow()               what waits; send at once. `field:queue` on document carries the same in detail
// await exported(passphrase)             a Blob · await imported(file, passphrase)  {visits, photos}; fails: "passphrase"
// minted()                               an id for an expense or the like · now()  a Date by the server's clock
//
// A visit: {id: response id, number: assignment, user, version: number of the questionnaire's version, language, round,
// answers: {name: [values]} as a form would send them, marks: {entered, greeted, served, left, began, finished} (ISO, the
// phone's clock), timings: {code: seconds}, position: {state, within_m, accuracy_m}, later: [codes],
// expenses: [{id, sort, amount (agorot), note}], state: draft|finished|kept, problems: [{question, message}], changed}.
// Of a report that the server keeps only a stub stays: {…, state: "kept", outcome: "kept"|"copy", kept_at, files}.
"use strict";

const fieldStore = (() => {
    // Merged entry by entry between two tabs.
    const PARTS = ["answers", "marks", "timings"];
    const LISTS = ["later", "expenses"];
    const state = {base: null, user: null, offset: 0, device: null, seen: new Map(), unwritten: new Map()};
    const other = "BroadcastChannel" in window ? new BroadcastChannel("field") : null;

    const minted = () => [...crypto.getRandomValues(new Uint8Array(16))]
        .map((one) => one.toString(16).padStart(2, "0")).join("");
    const fault = (name) => Object.assign(new Error(name), {name});
    const clone = (thing) => structuredClone(thing);

    // What a picture is, and its bytes apart: when there is no room left, that it was sent can still be written down.
    const opening = (name) => new Promise((resolve, reject) => {
        const asked = indexedDB.open(name, 1);
        asked.onupgradeneeded = () => {
            asked.result.createObjectStore("visits", {keyPath: "id"});
            asked.result.createObjectStore("photos", {keyPath: "id"}).createIndex("visit", "visit");
            asked.result.createObjectStore("bytes");
            asked.result.createObjectStore("meta", {keyPath: "name"});
        };
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
        asked.onblocked = () => reject(fault("blocked"));
    });

    // One transaction over some stores. `act` gets {store name: store} and `ask`, which waits for a request; nothing else
    // may be waited for inside. Resolves with what `act` gave once the browser has written it to the disk.
    const step = async (mode, names, act) => {
        if (!state.base) throw fault("closed");
        const change = state.base.transaction(names, mode, {durability: "strict"});
        const done = new Promise((resolve, reject) => {
            change.oncomplete = resolve;
            change.onabort = () => reject(change.error ?? fault("aborted"));
        });
        done.catch(() => {});
        const ask = (asked) => new Promise((resolve, reject) => {
            asked.onsuccess = () => resolve(asked.result);
            asked.onerror = () => reject(asked.error);
        });
        const stores = Object.fromEntries(names.map((name) => [name, change.objectStore(name)]));
        try {
            const given = await act(stores, ask);
            await done;
            return given;
        } catch (error) {
            try { change.abort(); } catch { /* it is over already */ }
            throw error;
        }
    };

    const changed = (id = null) => {
        other?.postMessage({user: state.user, id});
        document.dispatchEvent(new CustomEvent("field:changed", {detail: {id, elsewhere: false}}));
    };
    other?.addEventListener("message", ({data}) => {
        if (data.user !== state.user) return;
        document.dispatchEvent(new CustomEvent("field:changed", {detail: {id: data.id, elsewhere: true}}));
    });

    const open = async (user) => {
        state.base?.close();
        state.base = await opening(`field-${user}`);
        state.base.onversionchange = () => state.base.close();
        state.user = Number(user);
        const kept = await step("readwrite", ["meta"], async ({meta}, ask) => {
            const found = (await ask(meta.get("device"))) ?? {name: "device", id: minted()};
            meta.put(found);
            return [found, await ask(meta.get("clock"))];
        });
        [state.device, state.offset] = [kept[0].id, kept[1]?.offset ?? 0];
        document.dispatchEvent(new CustomEvent("field:open", {detail: {user: state.user}}));
    };

    // Seconds that the phone's clock is behind the server's, as the last answer told.
    const clockIs = (offset) => {
        if (Math.abs(offset - state.offset) < 2) return null;
        state.offset = offset;
        return step("readwrite", ["meta"], ({meta}) => { meta.put({name: "clock", offset}); });
    };
    const now = () => new Date(Date.now() + state.offset * 1000);

    // ---- visits ------------------------------------------------------------------------------------------------------

    // A visit that was finished when not even that could be written: it stands as a draft on the disk, and is sent from
    // here. A later save of it counts for more.
    const overlaid = (one) => {
        const finished = one ? state.unwritten.get(one.id) : null;
        return finished && finished.revision > one.revision ? finished : one;
    };
    const visit = async (id) => {
        const found = overlaid(await step("readonly", ["visits"], ({visits}, ask) => ask(visits.get(id))));
        if (found) state.seen.set(id, clone(found));
        return found;
    };
    const visits = async () => (await step("readonly", ["visits"], ({visits: all}, ask) => ask(all.getAll()))).map(overlaid);

    // What this tab changed since it last saw the record goes over what another tab wrote; the rest stays as it stands.
    const same = (one, another) => JSON.stringify(one) === JSON.stringify(another);
    const laid = (mine, before, theirs) => {
        const result = {...theirs};
        for (const name of new Set([...Object.keys(mine), ...Object.keys(before)])) {
            if (same(mine[name], before[name])) continue;
            if (name in mine) result[name] = mine[name];
            else delete result[name];
        }
        return result;
    };
    const byId = (list) => Object.fromEntries((list ?? []).map((one) => [one.id ?? one, one]));
    const merged = (given, stands, seen) => {
        const result = laid(given, Object.fromEntries(Object.keys(given).map((name) => [name, seen[name]])), stands);
        for (const part of PARTS) result[part] = laid(given[part] ?? {}, seen[part] ?? {}, stands[part] ?? {});
        for (const part of LISTS) {
            result[part] = Object.values(laid(byId(given[part]), byId(seen[part]), byId(stands[part])));
        }
        return result;
    };

    const save = async (given) => {
        const kept = await step("readwrite", ["visits"], async ({visits: all}, ask) => {
            const stands = await ask(all.get(given.id));
            const fresh = !stands || (given.round ?? 1) > (stands.round ?? 1);
            if (stands && !fresh && stands.state !== "draft") throw fault("finished");
            const record = fresh
                ? {round: 1, answers: {}, marks: {}, timings: {}, later: [], expenses: [], ...clone(given)}
                : merged(clone(given), stands, state.seen.get(given.id) ?? stands);
            Object.assign(record, {user: state.user, state: "draft", changed: new Date().toISOString()});
            record.revision = (stands?.revision ?? 0) + 1;
            if (fresh) Object.assign(record, {tries: 0, next: 0, drafted: 0, problems: given.problems ?? []});
            all.put(record);
            return record;
        });
        state.seen.set(kept.id, clone(kept));
        changed(kept.id);
        return kept;
    };

    // ---- photographs -------------------------------------------------------------------------------------------------

    const ofVisit = (photos, id, ask) => ask(photos.index("visit").getAll(id));
    const writable = async (visits_, id, ask) => {
        const stands = await ask(visits_.get(id));
        if (!stands || stands.state !== "draft") throw fault(stands ? "finished" : "unknown");
        return stands;
    };

    const addPhoto = async (id, question, file, near = null) => {
        const {bytes: content, ...made} = await fieldPhoto.prepared(file, near);
        const kept = await step("readwrite", ["visits", "photos", "bytes"], async (stores, ask) => {
            const {visits: all, photos: store, bytes} = stores;
            await writable(all, id, ask);
            const same = (await ofVisit(store, id, ask)).find(
                (one) => one.question === question && one.sha256 === made.sha256,
            );
            const fresh = {
                id: minted(), visit: id, user: state.user, question, taken: new Date().toISOString(),
                name: file.name ?? "", state: "waiting", tries: 0, next: 0,
            };
            const record = {...(same ?? fresh), ...made, removed: false};
            store.put(record);
            bytes.put(content, record.id);
            return record;
        });
        changed(id);
        return shown(kept, content);
    };

    const shown = (photo, content) => ({
        id: photo.id, visit: photo.visit, question: photo.question, sha256: photo.sha256, size: photo.size,
        state: photo.state, problem: photo.problem ?? "", within_m: photo.within_m,
        url: () => URL.createObjectURL(new Blob([content], {type: "image/jpeg"})),
    });

    // Taken away by the person: one that the server has already is named in the report, so that it goes there as well.
    const removePhoto = async (photoId) => {
        const id = await step("readwrite", ["visits", "photos", "bytes"], async (stores, ask) => {
            const {visits: all, photos: store, bytes} = stores;
            const found = await ask(store.get(photoId));
            if (!found) return null;
            await writable(all, found.visit, ask);
            bytes.delete(photoId);
            if (found.state === "waiting" && !found.tries) store.delete(photoId);
            else store.put({...found, removed: true});
            return found.visit;
        });
        changed(id);
    };

    const photos = async (id) => {
        const found = await step("readonly", ["photos", "bytes"], async ({photos: store, bytes}, ask) => {
            const own = (await ofVisit(store, id, ask)).filter((one) => !one.removed);
            const pairs = [];
            for (const one of own) pairs.push([one, await ask(bytes.get(one.id))]);
            return pairs;
        });
        return found.sort(([a], [b]) => (a.taken < b.taken ? -1 : 1)).map(([one, content]) => shown(one, content));
    };

    // ---- finishing ---------------------------------------------------------------------------------------------------

    const finish = async (id) => {
        let record = null;
        try {
            await step("readwrite", ["visits"], async ({visits: all}, ask) => {
                const stands = await writable(all, id, ask);
                const marks = {...stands.marks, finished: stands.marks.finished ?? new Date().toISOString()};
                record = {...stands, marks, state: "finished", problems: [], tries: 0, next: 0,
                    finished_at: new Date().toISOString(), revision: stands.revision + 1};
                all.put(record);
            });
            state.unwritten.delete(id);
        } catch (error) {
            if (error.name !== "QuotaExceededError" || !record) throw error;
            state.unwritten.set(id, record); // sending it is what makes room
        }
        state.seen.delete(id);
        changed(id);
        fieldStore.sendNow?.();
    };

    // Accounts that have a store on this phone, beside the one that is open.
    const others = async () => ((await indexedDB.databases?.()) ?? [])
        .map((one) => /^field-(\d+)$/.exec(one.name)?.[1]).filter((user) => user && Number(user) !== state.user).map(Number);

    return {open, visit, visits, save, addPhoto, removePhoto, photos, finish, others, minted, now, step, state, changed,
        clockIs, ofVisit, overlaid, fault};
})();
