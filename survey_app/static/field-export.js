// The last resort: everything that waits on this phone in one file, closed with a passphrase, and the way back in.
// After field-store.js; adds `exported` and `imported` to it. The file: one line of JSON that says how it was closed,
// then the closed bytes (AES-256-GCM under a key that PBKDF2 makes of the passphrase; the line is authenticated too).
"use strict";

(() => {
    const FORMAT = "survey-field-1";
    const ROUNDS = 600_000;
    const NEWLINE = 10;
    const store = fieldStore;
    const text = new TextEncoder();
    const words = new TextDecoder();

    const base64 = (bytes) => {
        let found = "";
        for (let at = 0; at < bytes.length; at += 0x8000) found += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
        return btoa(found);
    };
    const raw = (written) => Uint8Array.from(atob(written), (one) => one.charCodeAt(0));

    const key = async (passphrase, salt, iterations) => {
        const secret = passphrase.normalize("NFC");
        const own = await crypto.subtle.importKey("raw", text.encode(secret), "PBKDF2", false, ["deriveKey"]);
        return crypto.subtle.deriveKey(
            {name: "PBKDF2", hash: "SHA-256", salt, iterations}, own, {name: "AES-GCM", length: 256}, false,
            ["encrypt", "decrypt"],
        );
    };

    const held = () => store.step("readonly", ["visits", "photos", "bytes"], async ({visits, photos, bytes}, ask) => {
        const open = (await ask(visits.getAll())).filter((one) => one.state !== "kept");
        const ids = new Set(open.map((one) => one.id));
        const own = (await ask(photos.getAll())).filter((one) => ids.has(one.visit));
        const pictures = [];
        for (const one of own) pictures.push({...one, bytes: await ask(bytes.get(one.id))});
        return {visits: open, photos: pictures};
    });

    const exported = async (passphrase) => {
        if (!passphrase.trim()) throw store.fault("passphrase");
        const {visits, photos} = await held();
        const pictures = photos.map((one) => ({...one, bytes: one.bytes ? base64(new Uint8Array(one.bytes)) : null}));
        const [salt, iv] = [crypto.getRandomValues(new Uint8Array(16)), crypto.getRandomValues(new Uint8Array(12))];
        const head = text.encode(JSON.stringify({
            format: FORMAT, made: new Date().toISOString(), iterations: ROUNDS, salt: base64(salt), iv: base64(iv),
        }));
        const {user, device} = store.state;
        const open = text.encode(JSON.stringify({user, device, visits, photos: pictures}));
        const closed = await crypto.subtle.encrypt(
            {name: "AES-GCM", iv, additionalData: head}, await key(passphrase, salt, ROUNDS), open,
        );
        return new Blob([head, "\n", closed], {type: "application/octet-stream"});
    };

    const opened = async (file, passphrase) => {
        const bytes = new Uint8Array(await file.arrayBuffer());
        const end = bytes.indexOf(NEWLINE);
        let told;
        try {
            told = JSON.parse(words.decode(bytes.subarray(0, end)));
        } catch {
            throw store.fault("format");
        }
        // Rounds are bounded: a forged line must not keep the phone busy for an hour.
        if (end < 0 || told?.format !== FORMAT || !(told.iterations <= 5_000_000)) throw store.fault("format");
        try {
            const own = await key(passphrase, raw(told.salt), told.iterations);
            const additionalData = bytes.subarray(0, end);
            const open = await crypto.subtle.decrypt(
                {name: "AES-GCM", iv: raw(told.iv), additionalData}, own, bytes.subarray(end + 1),
            );
            return JSON.parse(words.decode(open));
        } catch {
            throw store.fault("passphrase");
        }
    };

    // A finished report stays the other phone's, whose drafts of it the server may have: they are no other hand's words.
    const from = (one, device) => (one.state === "finished" && device ? {device: one.device ?? device} : {});

    // Fails with the name "format" (no such file), "passphrase" (or damaged) or "stranger" (another account's work).
    // What is newer on this phone, or was sent from it already, stays as it is; {visits, photos} counts what came in.
    const imported = async (file, passphrase) => {
        const {user, device, visits, photos} = await opened(file, passphrase);
        if (user !== store.state.user) throw store.fault("stranger");
        const count = await store.step("readwrite", ["visits", "photos", "bytes"], async (stores, ask) => {
            const taken = {visits: 0, photos: 0};
            for (const one of visits) {
                const record = {...one, ...from(one, device), tries: 0, next: 0, drafted: 0};
                const stands = await ask(stores.visits.get(one.id));
                const newer = stands && ((stands.round ?? 1) > (one.round ?? 1) || stands.changed >= one.changed);
                if (stands && (stands.state !== "draft" || newer)) continue;
                stores.visits.put({...record, revision: (stands?.revision ?? 0) + one.revision});
                store.state.seen.delete(one.id);
                taken.visits += 1;
            }
            for (const one of photos) {
                const visit = await ask(stores.visits.get(one.visit));
                const there = await store.ofVisit(stores.photos, one.visit, ask);
                const known = there.some((photo) => photo.sha256 === one.sha256 && photo.question === one.question);
                if (!visit || visit.state === "kept" || known) continue;
                const {bytes, ...rest} = one;
                stores.photos.put({...rest, state: "waiting", problem: "", tries: 0, next: 0});
                if (bytes) stores.bytes.put(raw(bytes).buffer, one.id);
                taken.photos += 1;
            }
            return taken;
        });
        store.changed();
        store.sendNow?.();
        return count;
    };

    Object.assign(store, {exported, imported});
})();
