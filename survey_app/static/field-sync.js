// What waits on a shopper's phone is sent: pictures first, then the report, again and again with growing pauses; drafts
// go along so that a lost phone loses little. A report and its pictures leave the phone only when the server has named
// them. After field-store.js; adds `queue`, `sendNow` and `fetched` to it and tells of changes by `field:queue`.
"use strict";

(() => {
    const FIRST = 5_000;
    const LONGEST = 600_000;
    const SOON = 4_000;
    const GREETING = 600_000;
    const PATIENCE = 60_000;
    const root = document.documentElement.dataset.sync ?? document.body?.dataset.sync ?? "/shops/sync";
    const run = {timer: 0, current: null, again: false, at: "", trouble: "", greeted: 0, told: "", sent: new Set()};
    const store = fieldStore;
    const moment = () => new Date().toISOString();

    // ---- one request -------------------------------------------------------------------------------------------------

    // Ends a sweep: nothing further can be sent now. The name says why: offline, login, stranger, forbidden, server.
    const stop = (name) => Object.assign(new Error(name), {name, halts: true});

    // {status, said}: an answer that is about this one thing. Whatever concerns all of them ends the sweep.
    const call = async (method, path, body, raw = false) => {
        let answer;
        try {
            answer = await fetch(`${root}/${path}`, {
                method,
                headers: {
                    "Accept": "application/json",
                    "X-Requested-With": "XMLHttpRequest",
                    "X-Field-User": String(store.state.user),
                    ...(body === undefined ? {} : {"Content-Type": raw ? "image/jpeg" : "application/json"}),
                },
                body: body === undefined || raw ? body : JSON.stringify(body),
                credentials: "same-origin", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE),
            });
        } catch {
            throw stop("offline");
        }
        const said = await answer.json().catch(() => null);
        if (answer.status === 401) throw stop("login");
        if (answer.status === 403) throw stop("forbidden");
        if (said?.error?.code === "stranger") throw stop("stranger");
        // An answer that is not ours: the sign-in page of a guest network, a proxy that is tired.
        // A fault of the server's own over one thing (500) must not keep everything else waiting behind it.
        if (!said || answer.status > 500 || answer.status === 429) throw stop("server");
        return {status: answer.status, said, message: said.error?.message ?? ""};
    };

    const later = (tries) => Date.now() + Math.min(LONGEST, FIRST * 2 ** Math.min(tries, 10)) * (0.75 + Math.random() / 2);
    const due = (one, now) => now || (one.next ?? 0) <= Date.now();

    // ---- what is written down of an answer ---------------------------------------------------------------------------

    // Change one record as it stands now, in whatever state it is; `turn` gives the new one, or null to leave it.
    // A phone that is full may not even write that: then it is remembered as long as the window is open, and the sending
    // goes on, since it is what makes room.
    const turned = (name, id, turn) => store.step("readwrite", [name], async (stores, ask) => {
        const found = await ask(stores[name].get(id));
        const next = found ? turn(found) : null;
        if (next) stores[name].put(next);
    }).catch((error) => {
        if (error.name !== "QuotaExceededError") throw error;
    });
    const failed = (name, id) => turned(name, id, (one) => ({...one, tries: (one.tries ?? 0) + 1, next: later(one.tries ?? 0)}));

    const sendPhoto = async (photo) => {
        const path = `${photo.visit}/files/${photo.sha256}?${new URLSearchParams({
            question: photo.question, device: store.state.device, name: photo.name,
        })}`;
        const bytes = await store.step("readonly", ["bytes"], ({bytes: all}, ask) => ask(all.get(photo.id)));
        if (!bytes) return; // taken away at this moment
        const {status, said, message} = await call("PUT", path, bytes, true);
        if (status === 200 && said.sha256 === photo.sha256) {
            run.sent.add(photo.id);
            await turned("photos", photo.id, (one) => ({...one, state: "sent", problem: ""}));
        } else if (said.error?.code === "refused" || status === 413) {
            await turned("photos", photo.id, (one) => ({...one, state: "refused", problem: message, next: Infinity}));
        } else {
            await failed("photos", photo.id); // cut off on its way: the server saw another hash
        }
    };

    const common = (visit) => ({
        device: (visit.state === "finished" && visit.device) || store.state.device,
        version: visit.version, language: visit.language, round: visit.round ?? 1, answers: visit.answers, now: moment(),
    });

    const sendDraft = async (visit) => {
        const {status} = await call("PUT", `${visit.id}/draft`, common(visit));
        if (status >= 500) return;
        await turned("visits", visit.id, (one) => (one.state === "draft" ? {...one, drafted: visit.revision} : null));
    };

    const manifest = (photos) => photos.filter((one) => !one.removed)
        .sort((a, b) => (a.taken < b.taken ? -1 : a.taken > b.taken ? 1 : a.id < b.id ? -1 : 1))
        .map(({sha256, question, size, within_m}) => ({sha256, question, size, within_m: within_m ?? null}));

    // Back into the shopper's hands, with what is to be mended.
    const reopened = async (visit, problems) => {
        const unwritten = store.state.unwritten.delete(visit.id);
        await turned("visits", visit.id, (one) => (unwritten || (one.state === "finished" && one.revision === visit.revision)
            ? {...one, state: "draft", device: "", problems, revision: one.revision + 1, tries: 0, next: 0} : null));
        store.state.seen.delete(visit.id);
        store.changed(visit.id);
    };

    const sendReport = async (visit, photos) => {
        const refused = photos.filter((one) => !one.removed && one.state === "refused");
        if (refused.length) {
            return reopened(visit, refused.map((one) => ({question: one.question, message: one.problem, photo: one.id})));
        }
        const {marks, timings, position, later: waits, expenses} = visit;
        const {status, said, message} = await call("POST", `${visit.id}/report`, {
            ...common(visit), marks, timings, position: position ?? null, later: waits ?? [], expenses: expenses ?? [],
            manifest: manifest(photos),
            removed: photos.filter((one) => one.removed).map(({sha256, question}) => ({sha256, question})),
        });
        if (status === 200 && said.id === visit.id && ["kept", "copy"].includes(said.state)) return forget(visit, said);
        if (said.state === "missing") {
            const wanted = new Set(said.missing);
            for (const one of photos.filter((photo) => wanted.has(photo.sha256))) {
                run.sent.delete(one.id);
                await turned("photos", one.id, (photo) => ({...photo, state: "waiting", next: 0}));
            }
            run.again = true;
            return failed("visits", visit.id);
        }
        if (said.state === "faulty") return reopened(visit, said.problems);
        if (status >= 500) return failed("visits", visit.id);
        await turned("visits", visit.id, (one) => ({...one, tries: one.tries + 1, next: later(10), refused: message}));
        return null;
    };

    // The server has named the report and its files: only those leave the phone, and a stub of the report stays.
    const forget = async (visit, said) => {
        const named = new Set(said.files);
        // The bytes first, by themselves: that needs no room and makes it.
        await store.step("readwrite", ["photos", "bytes"], async ({photos, bytes}, ask) => {
            for (const photo of await store.ofVisit(photos, visit.id, ask)) {
                if (named.has(photo.sha256)) bytes.delete(photo.id);
            }
        });
        await store.step("readwrite", ["visits", "photos"], async ({visits, photos}, ask) => {
            const stands = store.overlaid(await ask(visits.get(visit.id)));
            if (!stands || stands.state !== "finished" || stands.revision !== visit.revision) return;
            let files = 0;
            for (const photo of await store.ofVisit(photos, visit.id, ask)) {
                if (!photo.removed && !named.has(photo.sha256)) continue;
                if (!photo.removed) files += 1;
                photos.delete(photo.id);
            }
            const {id, number, user, version, language, round, label, finished_at, revision} = stands;
            visits.put({
                id, number, user, version, language, round, label, finished_at, revision,
                answers: {}, marks: {}, timings: {}, later: [], expenses: [], problems: [],
                state: "kept", outcome: said.state, message: said.message ?? "", files, kept_at: moment(),
            });
        });
        store.state.unwritten.delete(visit.id);
        store.state.seen.delete(visit.id);
        store.changed(visit.id);
    };

    // ---- a sweep -----------------------------------------------------------------------------------------------------

    const everything = () => store.step("readonly", ["visits", "photos"], async ({visits, photos}, ask) => {
        const [reports, pictures] = [await ask(visits.getAll()), await ask(photos.getAll())];
        const state = (one) => (run.sent.has(one.id) && one.state === "waiting" ? "sent" : one.state);
        return {reports: reports.map(store.overlaid), pictures: pictures.map((one) => ({...one, state: state(one)}))};
    });

    const count = ({reports, pictures}) => {
        const finished = reports.filter((one) => one.state === "finished");
        const files = pictures.filter((one) => !one.removed);
        const since = [...finished.map((one) => one.finished_at), ...files.map((one) => one.taken)].sort()[0] ?? null;
        return {finished, files, since};
    };

    // Say hello: the clock, whose login this is, what waits here, and whether each visit is still this account's.
    const greet = async (now) => {
        const held = await everything();
        const {finished, files, since} = count(held);
        const told = `${finished.length} ${files.length}`;
        if (!now && told === run.told && Date.now() - run.greeted < GREETING) return;
        const {status, said} = await call("POST", "state", {
            device: store.state.device, release: document.documentElement.dataset.release ?? "",
            reports: finished.length, files: files.length,
            waiting_s: since ? Math.max(0, Math.round((Date.now() - Date.parse(since)) / 1000)) : null,
            visits: held.reports.filter((one) => one.state !== "kept").map((one) => one.id),
        });
        if (status !== 200) throw stop("server");
        [run.greeted, run.told] = [Date.now(), told];
        await store.clockIs(Math.round((Date.parse(said.now) - Date.now()) / 1000));
        for (const [id, standing] of Object.entries(said.visits ?? {})) {
            await turned("visits", id, (one) => (one.standing === standing ? null : {...one, standing}));
        }
    };

    const sweep = async (now) => {
        await greet(now);
        const {reports, pictures} = await everything();
        const order = [...reports].sort((a, b) => (a.state === b.state ? 0 : a.state === "finished" ? -1 : 1));
        for (const visit of order.filter((one) => one.state !== "kept")) {
            const own = pictures.filter((one) => one.visit === visit.id);
            for (const photo of own.filter((one) => !one.removed && one.state !== "sent")) {
                if (!due(photo, now && photo.state !== "refused")) continue;
                await at(photo.id, () => sendPhoto(photo));
            }
            if (visit.state === "draft") {
                if (visit.revision !== visit.drafted) await at(visit.id, () => sendDraft(visit));
                continue;
            }
            const stands = (await everything()).pictures.filter((one) => one.visit === visit.id);
            const open = stands.some((one) => !one.removed && one.state === "waiting");
            if (!open && due(visit, now)) await at(visit.id, () => sendReport(visit, stands));
        }
        await greet(false);
    };
    const at = async (id, act) => {
        run.at = id;
        await tell();
        try {
            await act();
        } finally {
            run.at = "";
        }
    };

    // Two windows of one phone do not send the same at once; the server would take it once all the same.
    const guarded = (act) => (navigator.locks
        ? navigator.locks.request(`field-sync-${store.state.user}`, {ifAvailable: true}, (lock) => (lock ? act() : null))
        : act());

    const attempt = async (now) => {
        try {
            await guarded(() => sweep(now));
            run.trouble = "";
            run.pauses = 0;
        } catch (error) {
            run.trouble = error.halts ? error.name : "store";
            run.pauses = (run.pauses ?? 0) + 1;
            if (!error.halts) console.error(error);
        }
    };

    const flush = async (now = false) => {
        if (!store.state.base) return;
        if (run.current) {
            run.again = true;
            return run.current;
        }
        clearTimeout(run.timer);
        run.current = (async () => {
            let wish = now;
            do {
                run.again = false;
                await attempt(wish);
                wish = false;
            } while (run.again && !run.trouble);
        })();
        await run.current;
        run.current = null;
        const left = await tell();
        clearTimeout(run.timer);
        if (left && (left.reports || left.files || left.drafts)) {
            const pause = run.trouble ? later(run.pauses - 1) - Date.now() : left.next - Date.now();
            run.timer = setTimeout(flush, Math.max(1_000, Math.min(LONGEST, pause)));
        }
        return null;
    };
    const soon = (pause = SOON) => {
        if (run.current) {
            run.again = true;
            return;
        }
        clearTimeout(run.timer);
        run.timer = setTimeout(flush, pause);
    };

    // ---- what waits --------------------------------------------------------------------------------------------------

    const queue = async () => {
        const held = await everything();
        const waiting = held.pictures.filter((one) => !one.removed && one.state !== "sent");
        const rows = held.reports.map((one) => {
            const own = held.pictures.filter((photo) => photo.visit === one.id && !photo.removed);
            const open = own.filter((photo) => photo.state !== "sent");
            const busy = run.at === one.id || own.some((photo) => photo.id === run.at);
            return {
                id: one.id, number: one.number, label: one.label, state: one.state, busy, since: one.finished_at ?? null,
                status: one.state === "finished" ? (busy ? "sending" : "waiting") : one.state,
                photos: own.length, photos_waiting: open.length, bytes: open.reduce((sum, photo) => sum + photo.size, 0),
                problems: one.problems ?? [], refused: one.refused ?? "", standing: one.standing ?? "", tries: one.tries ?? 0,
                outcome: one.outcome ?? "", message: one.message ?? "", kept_at: one.kept_at ?? null, files: one.files ?? 0,
            };
        });
        const finished = held.reports.filter((one) => one.state === "finished");
        const drafts = held.reports.filter((one) => one.state === "draft" && one.revision !== one.drafted).length;
        const moments = [...finished, ...waiting].map((one) => one.next ?? 0).filter(Number.isFinite);
        return {
            visits: rows, reports: finished.length, files: waiting.length, drafts,
            bytes: waiting.reduce((sum, one) => sum + one.size, 0), since: count(held).since,
            sending: Boolean(run.current), trouble: run.trouble, online: navigator.onLine,
            login: run.trouble === "login", next: Math.max(Date.now() + SOON, Math.min(LONGEST + Date.now(), ...moments)),
            offset: store.state.offset,
        };
    };
    const tell = async () => {
        const detail = await queue().catch(() => null);
        if (detail) {
            document.body.dataset.waiting = String(detail.reports + detail.files);
            document.dispatchEvent(new CustomEvent("field:queue", {detail}));
        }
        return detail;
    };

    // What the server holds of a visit: {round, state, version, answers as a form would send them, files, asked}.
    const fetched = async (id) => (await call("GET", id)).said;

    document.addEventListener("field:open", () => flush(true));
    document.addEventListener("field:changed", () => { tell(); soon(); });
    addEventListener("online", () => flush(true));
    addEventListener("offline", tell);
    addEventListener("pageshow", () => flush(true));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && flush(true));

    Object.assign(store, {queue, sendNow: () => flush(true), fetched});
})();
