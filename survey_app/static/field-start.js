// The app's first screen: what this phone holds of each visit, what waits to be sent, and the rest. After field.js.
"use strict";

(() => {
    const {app, element, facts, remembered} = fieldApp;
    const MEGABYTE = 1_000_000;
    const FEW = 50 * MEGABYTE;
    const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");
    const made = (tag, text = "", name = "") => {
        const part = document.createElement(tag);
        if (text) part.textContent = text;
        if (name) part.className = name;
        return part;
    };

    // ---- visits ------------------------------------------------------------------------------------------------------

    for (const link of document.querySelectorAll("a[data-app]")) link.href = link.dataset.app;
    const list = element("visit-list");
    const SAID = {draft: ["begun", "warn"], finished: ["waits", "warn"], kept: ["kept", "good"]};
    const cards = async () => {
        if (!list) return;
        const own = new Map((await fieldStore.visits()).map((one) => [one.id, one]));
        for (const card of list.querySelectorAll("[data-visit]")) {
            const found = own.get(card.dataset.visit);
            const place = card.querySelector("[data-state]");
            card.dataset.as ??= place.textContent;
            if (!found || (found.state === "draft" && !Object.keys(found.answers).length && !found.marks.entered)) continue;
            const [words, kind] = found.problems?.length ? ["mend", "bad"] : SAID[found.state];
            place.replaceChildren(made("span", list.dataset[words], `badge ${kind}`));
        }
    };

    // Whether a visit opens where there is no connection: it is on this phone, or not yet.
    document.addEventListener("field:kept", ({detail}) => {
        for (const card of list?.querySelectorAll("[data-visit]") ?? []) {
            const line = card.querySelector("[data-ready]");
            const ready = detail.releases && card.dataset.visit in detail.releases;
            line.hidden = !detail.releases;
            line.textContent = ready ? line.dataset.ready : line.dataset.unready;
            line.classList.toggle("late", !ready);
        }
    });

    // ---- what waits --------------------------------------------------------------------------------------------------

    const rows = element("queue-list");
    const row = (one) => {
        const line = made("li");
        const card = [...document.querySelectorAll("[data-visit]")].find((part) => part.dataset.visit === one.id);
        const link = made("a", one.label || card?.querySelector(".visit-name").textContent || String(one.number), "visit-name");
        link.href = `${app.home}/${one.number}/in/${document.documentElement.lang}`;
        const status = one.problems.length || one.refused ? (one.refused ? "refused" : "mend") : one.status;
        const kind = {waiting: "warn", sending: "warn", kept: "good", refused: "bad", mend: "bad"}[status] ?? "";
        line.append(link, made("span", rows.dataset[status], `badge ${kind}`));
        if (one.photos) {
            const values = {sent: one.photos - one.photos_waiting, all: one.photos};
            const bar = made("progress");
            [bar.max, bar.value] = [one.photos, values.sent];
            bar.setAttribute("aria-hidden", "true");
            line.append(made("span", filled(rows.dataset.photos, values), "soft"), bar);
        }
        for (const words of [one.refused, one.message, ...one.problems.map((each) => each.message)].filter(Boolean)) {
            line.append(made("span", words, "soft words"));
        }
        if (one.standing && one.standing !== "open" && one.state !== "kept") line.append(made("span", rows.dataset.gone, "soft"));
        return line;
    };
    const queue = ({detail}) => {
        const waiting = detail.visits.filter((one) => one.state === "finished").length;
        const begun = detail.visits.filter((one) => one.state === "draft").length;
        const said = element("queue-said");
        const words = waiting ? filled(said.dataset.some, {n: waiting}) : begun ? filled(said.dataset.begun, {n: begun}) : said.dataset.none;
        if (said.textContent !== words) said.textContent = words;
        const order = {finished: 0, draft: 1, kept: 2};
        rows.replaceChildren(...[...detail.visits].sort((a, b) => order[a.state] - order[b.state]).map(row));
        const trouble = element("queue-trouble");
        trouble.hidden = !detail.trouble || !(waiting || begun);
        if (!trouble.hidden) trouble.textContent = trouble.dataset[detail.trouble] ?? trouble.dataset.server;
        const number = element("count");
        number.hidden = !waiting;
        number.textContent = String(waiting);
        element("days").hidden = !waiting || app.persisted === "yes";
        cards().catch(() => {});
    };
    document.addEventListener("field:queue", queue);
    element("send-now").addEventListener("click", () => fieldStore.sendNow());

    // ---- room --------------------------------------------------------------------------------------------------------

    const room = async () => {
        const safe = await fieldApp.persisted();
        app.persisted = safe ? "yes" : "no";
        const place = element("persisted");
        place.textContent = place.dataset[app.persisted];
        element("persist-row").hidden = safe || !navigator.storage?.persist;
        const {usage, quota} = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
        if (!quota) return;
        const inMegabytes = (bytes) => Math.round(bytes / MEGABYTE).toLocaleString(document.documentElement.lang);
        element("estimate").textContent = filled(element("estimate").dataset.words, {used: inMegabytes(usage), all: inMegabytes(quota)});
        const few = quota - usage < FEW;
        element("room").hidden = !few;
        if (few) element("room").textContent = filled(element("room").dataset.few, {n: inMegabytes(Math.max(0, quota - usage))});
    };
    element("persist").addEventListener("click", async () => {
        await fieldApp.persist();
        await room();
    });

    // ---- a file as last resort ---------------------------------------------------------------------------------------

    const LEAST = 10;
    const fault = (id, words) => {
        const line = element(id);
        line.hidden = !words;
        line.textContent = words;
        if (words) line.parentElement.querySelector("input").focus();
    };
    const saved = async (event) => {
        event.preventDefault();
        const [phrase, again, words] = [element("export-phrase"), element("export-again"), element("export-error").dataset];
        element("export-done").hidden = true;
        const wrong = phrase.value.length < LEAST ? words.short : phrase.value !== again.value ? words.differs : "";
        fault("export-error", wrong);
        if (wrong) return;
        try {
            const file = await fieldStore.exported(phrase.value);
            const link = made("a");
            link.href = URL.createObjectURL(file);
            link.download = `${app.name}-${new Date().toISOString().slice(0, 10)}.bin`;
            link.click();
            setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
            phrase.value = again.value = "";
            element("export-done").hidden = false;
        } catch {
            fault("export-error", words.failed);
        }
    };
    const brought = async (event) => {
        event.preventDefault();
        const [file, phrase, words] = [element("import-file").files[0], element("import-phrase"), element("import-error").dataset];
        element("import-done").hidden = true;
        fault("import-error", file ? "" : words.none);
        if (!file) return;
        try {
            const {visits, photos} = await fieldStore.imported(file, phrase.value);
            phrase.value = "";
            element("import-done").textContent = filled(element("import-done").dataset.words, {n: visits + photos});
            element("import-done").hidden = false;
        } catch (error) {
            fault("import-error", words[error.name] ?? words.wrong);
        }
    };
    element("export-form").addEventListener("submit", saved);
    element("import-form").addEventListener("submit", brought);

    // ---- language, look, installing, notices -------------------------------------------------------------------------

    element("sun").checked = fieldApp.sun();
    element("sun").addEventListener("change", ({target}) => fieldApp.sun(target.checked));

    const standing = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
    element("installed").hidden = !standing;
    element("not-installed").hidden = standing;
    let offer = null;
    addEventListener("beforeinstallprompt", (event) => {
        event.preventDefault();
        offer = event;
        element("install-row").hidden = false;
        element("install-by-hand").hidden = true;
    });
    element("install").addEventListener("click", async () => {
        await offer?.prompt();
        offer = null;
        element("install-row").hidden = true;
    });
    addEventListener("appinstalled", () => {
        element("installed").hidden = false;
        element("not-installed").hidden = true;
    });

    const notices = element("notices");
    const allowed = () => "Notification" in window && Notification.permission === "granted";
    notices.disabled = !("Notification" in window);
    notices.checked = allowed() && remembered.get("notices") === "1";
    notices.addEventListener("change", async () => {
        if (notices.checked && !allowed()) await Notification.requestPermission();
        notices.checked = notices.checked && allowed();
        element("notices-refused").hidden = allowed() || Notification.permission !== "denied";
        remembered.set("notices", notices.checked ? "1" : "");
    });

    // ---- the beginning -----------------------------------------------------------------------------------------------

    const begin = async () => {
        await fieldApp.opened;
        await room();
        await cards();
        element("others").hidden = !(await fieldStore.others?.().catch(() => []))?.length;
        const said = await fieldApp.taken();
        // What is new is shown at once while nothing is being typed here; never twice for the same.
        const fresh = said.releases?.start;
        const idle = !document.querySelector("dialog[open]");
        if (said.state === "kept" && fresh && fresh !== facts.release && idle && sessionStorage.getItem("field-fresh") !== fresh) {
            sessionStorage.setItem("field-fresh", fresh);
            location.reload();
        }
    };
    fieldApp.views("visits");
    begin().catch(() => {});
})();
