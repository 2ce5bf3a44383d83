// One visit on the phone: its record, which is kept at every touch, the four taps in the branch with their clock, and
// where the report is once it was finished. After respond.js and field.js. Global: `fieldVisit`.
"use strict";

const fieldVisit = (() => {
    const {app, element, facts} = fieldApp;
    const STEPS = ["entered", "greeted", "served", "left"];
    const own = {record: null, busy: null, again: false, listeners: []};

    // ---- the record --------------------------------------------------------------------------------------------------

    // Minted before the first answer: the response's id is the assignment's own.
    const fresh = () => ({
        id: facts.id, number: facts.number, version: facts.version, round: facts.round,
        language: document.documentElement.lang, label: facts.branch, answers: {}, marks: {}, timings: {}, position: null,
        later: [], expenses: [], state: "draft",
    });
    const unstored = (name) => {
        const line = element("unstored");
        line.hidden = !name;
        if (!name) return;
        line.textContent = line.dataset[name === "QuotaExceededError" ? "full" : name === "finished" ? "finished" : "other"];
        line.scrollIntoView({block: "nearest"});
    };

    // One write at a time, the newest state last; whoever waits for it goes on once the browser has written it.
    const writing = async () => {
        do {
            own.again = false;
            try {
                const kept = await fieldStore.save(own.record);
                own.record.revision = kept.revision;
                unstored("");
            } catch (error) {
                unstored(error.name);
                throw error;
            }
        } while (own.again);
    };
    const save = () => {
        own.again = true;
        own.busy ??= writing().finally(() => { own.busy = null; });
        return own.busy;
    };
    const change = (turn) => {
        turn(own.record);
        own.record.language = document.documentElement.lang;
        const done = save();
        done.catch(() => {});
        for (const one of own.listeners) one(own.record);
        fieldApp.persist().catch(() => {});
        return done;
    };
    const listen = (act) => own.listeners.push(act);

    // A report that came back has a higher round than the one that was sent: it begins anew from the server's answers,
    // which the document shows.
    const load = async () => {
        await fieldApp.opened;
        const found = await fieldStore.visit(facts.id);
        const over = found && found.state === "kept" && facts.round > (found.round ?? 1);
        own.record = found && !over ? found : fresh();
        // Under the version that is shown: codes of questions stay the same from one to the next.
        if (own.record.state === "draft") Object.assign(own.record, {version: facts.version, label: facts.branch});
        app.local = found && !over ? found.state : "none";
        return own.record;
    };

    // ---- the briefing ------------------------------------------------------------------------------------------------

    const brief = (record) => {
        const [from, until] = facts.window;
        const today = new Date().toLocaleDateString("en-CA", {timeZone: facts.zone});
        element("off-day").hidden = (from <= today && today <= until) || facts.state === "returned";
        element("standing").hidden = !record.standing || record.standing === "open";
        const gone = record.marks.left || facts.state === "returned" || Object.keys(record.answers).length;
        element("to-report").classList.toggle("primary", Boolean(gone));
        element("to-inside").classList.toggle("primary", !gone);
        element("to-inside").hidden = facts.state === "returned";
        const place = element("local-state");
        const state = record.state === "draft" && !Object.keys(record.answers).length && !record.marks.entered ? "" : record.state;
        const [words, kind] = {draft: ["begun", "warn"], finished: ["waits", "warn"], kept: ["kept", "good"]}[state] ?? [];
        if (!words) return;
        place.firstElementChild.textContent = place.dataset[words];
        place.firstElementChild.className = `badge ${kind}`;
    };

    // ---- in the branch -----------------------------------------------------------------------------------------------

    const clock = element("clock-time");
    const label = element("clock-label");
    const buttons = [...document.querySelectorAll(".tap")];
    const hour = (iso) => new Date(iso).toLocaleTimeString("en-GB", {hour: "2-digit", minute: "2-digit", timeZone: facts.zone});
    const length = (from, until) => {
        const seconds = Math.max(0, Math.round((until - Date.parse(from)) / 1000));
        return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    const tick = () => {
        const {entered, served, left} = own.record?.marks ?? {};
        const until = left ? Date.parse(left) : Date.now();
        const kind = !entered ? "idle" : left ? "total" : served ? "service" : "wait";
        label.textContent = label.dataset[kind];
        const from = kind === "service" ? served : entered;
        clock.textContent = from ? length(from, until) : "0:00";
    };
    const inside = (record) => {
        const next = STEPS.findLast((name) => record.marks[name]);
        for (const button of buttons) {
            const at = record.marks[button.dataset.mark];
            button.setAttribute("aria-pressed", String(Boolean(at)));
            button.querySelector("[data-time]").textContent = at ? hour(at) : "";
            // A step that was passed over stays open until the branch is left: nobody was greeted, or it was forgotten.
            button.disabled = Boolean(at) || (button.dataset.mark !== "entered" && !record.marks.entered);
            button.classList.toggle("next", !at && STEPS.indexOf(button.dataset.mark) === STEPS.indexOf(next) + 1);
        }
        element("undo").hidden = !next;
        element("outside").hidden = !record.marks.left;
        element("turn-back").hidden = Boolean(record.marks.left);
        tick();
    };
    const place = (record) => {
        const {state, within_m: metres} = record.position ?? {};
        const line = element("place");
        line.textContent = (line.dataset[state] ?? "").replace("{m}", metres?.toLocaleString("en-IL") ?? "");
    };

    // Only how far it is leaves this function.
    const locate = () => {
        if (!facts.position || own.record.position?.state === "near") return;
        const told = (position) => change((record) => { record.position = position; }).then(() => place(own.record), () => {});
        if (!navigator.geolocation || !facts.place) {
            told({state: "missing", within_m: null, accuracy_m: null});
            return;
        }
        const [latitude, longitude] = facts.place;
        navigator.geolocation.getCurrentPosition(({coords}) => {
            const metres = fieldPhoto.metres({latitude, longitude}, coords);
            const accuracy = Math.round(coords.accuracy);
            // What the phone itself is unsure of speaks for the shopper.
            const state = metres - accuracy <= facts.near ? "near" : "far";
            told({state, within_m: fieldPhoto.rounded(metres), accuracy_m: accuracy});
        }, ({code}) => told({state: code === 1 ? "refused" : "missing", within_m: null, accuracy_m: null}), {
            enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000,
        });
    };
    for (const button of buttons) {
        button.addEventListener("click", () => {
            const {mark} = button.dataset;
            if (own.record.marks[mark] || own.record.state !== "draft") return;
            change((record) => { record.marks[mark] = new Date().toISOString(); }).catch(() => {});
            element("tapped").textContent = `${button.querySelector(".tap-name").textContent} ${hour(own.record.marks[mark])}`;
            if (mark === "entered") locate();
            (document.querySelector(".tap.next") ?? element("outside")).focus({preventScroll: true});
        });
    }
    element("undo").addEventListener("click", () => {
        const last = STEPS.findLast((name) => own.record.marks[name]);
        if (last) change((record) => { delete record.marks[last]; }).catch(() => {});
    });
    setInterval(() => document.body.dataset.view === "inside" && tick(), 1000);

    // ---- afterwards --------------------------------------------------------------------------------------------------

    const done = ({detail}) => {
        const row = detail.visits.find((one) => one.id === facts.id);
        if (!row) return;
        const said = element("done-said");
        const words = row.status === "kept" && row.outcome === "copy" ? said.dataset.copy : said.dataset[row.status];
        if (words && said.textContent !== words) said.textContent = words;
        const photos = element("done-photos");
        photos.hidden = !row.photos;
        photos.textContent = photos.dataset.words.replace("{sent}", String(row.photos - row.photos_waiting)).replace("{all}", String(row.photos));
        // The server gave it back with what is to be mended, or it went from another window.
        const before = app.local;
        app.local = row.state;
        if (before === "finished" && row.state === "draft") location.replace(`${location.pathname}#finish`);
        if (before === "finished" && row.state === "draft") location.reload();
        if (before === "draft" && row.state !== "draft") location.hash = "#done";
    };

    listen(brief);
    listen(inside);
    return {facts, own, load, save, change, listen, done, brief, inside, place};
})();
