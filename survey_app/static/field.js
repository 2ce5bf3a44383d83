// The app on a shopper's phone, whatever its screen: parts of a page as views, the look in the sun, what the worker keeps
// for a time without connection, and what is said of sending. After field-store.js and its companions. Global: `fieldApp`.
"use strict";

const fieldApp = (() => {
    const app = document.body.dataset;
    const element = (id) => document.getElementById(id);
    const facts = JSON.parse(element("facts")?.textContent ?? "{}");
    const language = document.documentElement.lang;
    const signal = element("signal");
    const held = {waiting: 0, login: false, sending: false};
    document.documentElement.dataset.release = facts.release ?? "";

    for (const part of document.querySelectorAll(".scripted")) part.hidden = false;

    // Little things that this phone remembers, none of them anybody's secret; a browser may refuse even these.
    const remembered = {
        get: (name) => { try { return localStorage.getItem(`field-${name}`); } catch { return null; } },
        set: (name, value) => { try { localStorage.setItem(`field-${name}`, value); } catch { /* not remembered */ } },
    };

    // ---- the look ----------------------------------------------------------------------------------------------------

    const sun = (on) => {
        if (on !== undefined) remembered.set("sun", on ? "1" : "");
        const wanted = remembered.get("sun") ?? (matchMedia("(prefers-contrast: more)").matches ? "1" : "");
        document.documentElement.classList.toggle("sun", wanted === "1");
        return wanted === "1";
    };
    sun();

    // ---- parts of a page ---------------------------------------------------------------------------------------------

    // One part is in view; the address says which, so that the phone's own way back leads to the one before.
    const views = (first, arrived = () => {}) => {
        const all = [...document.querySelectorAll(".view")];
        const turn = (moved) => {
            const [name, place = ""] = decodeURIComponent(location.hash.slice(1)).split("/");
            const view = all.find((one) => one.id === name) ?? element(first);
            for (const one of all) one.classList.toggle("away", one !== view);
            for (const link of document.querySelectorAll(".tabbar a")) {
                if (link.hash === `#${view.id}`) link.setAttribute("aria-current", "page");
                else link.removeAttribute("aria-current");
            }
            document.body.dataset.view = view.id;
            if (moved) {
                scrollTo(0, 0);
                view.focus({preventScroll: true});
            }
            arrived(view.id, place, moved);
        };
        addEventListener("hashchange", () => turn(true));
        turn(false);
    };

    for (const button of document.querySelectorAll("[data-opens]")) {
        button.addEventListener("click", () => {
            element(button.dataset.opens).showModal();
            element(button.dataset.opens).querySelector("h2").focus();
        });
    }
    for (const button of document.querySelectorAll("[data-closes]")) {
        button.addEventListener("click", () => button.closest("dialog").close());
    }

    // ---- what is kept for a time without connection ------------------------------------------------------------------

    // The worker fetches what is new; documents of visits that are being written here stay under their own version.
    const kept = async () => {
        if (!navigator.serviceWorker || !facts.user) return {state: "nothing"};
        await navigator.serviceWorker.register(app.worker, {scope: app.home, updateViaCache: "none"});
        const ready = await navigator.serviceWorker.ready;
        const written = await fieldStore.visits().catch(() => []);
        const hold = written.filter((one) => one.state !== "kept").map((one) => one.id);
        const channel = new MessageChannel();
        const said = new Promise((resolve) => { channel.port1.onmessage = (event) => resolve(event.data); });
        ready.active.postMessage({act: "keep", user: facts.user, language, hold}, [channel.port2]);
        return said;
    };
    // What is not kept yet is tried again, with growing pauses, and at once when the phone is online again.
    const AGAIN = 15_000;
    const LONGEST = 600_000;
    const keeping = {timer: 0, pause: AGAIN};
    const taken = async () => {
        clearTimeout(keeping.timer);
        const said = await kept().catch(() => ({state: "failed"}));
        app.kept = said.state;
        if (said.state === "other") location.replace(app.home);
        document.dispatchEvent(new CustomEvent("field:kept", {detail: said}));
        clearTimeout(keeping.timer);
        if (["partly", "failed"].includes(said.state)) {
            keeping.timer = setTimeout(taken, keeping.pause);
            keeping.pause = Math.min(LONGEST, keeping.pause * 2);
        }
        return said;
    };
    addEventListener("online", () => { if (["partly", "failed"].includes(app.kept)) taken(); });

    // Whether the phone promised to delete nothing by itself; asked for once there is something to lose.
    const persisted = async () => (await navigator.storage?.persisted?.().catch(() => false)) ?? false;
    const persist = async () => (await persisted()) || (await navigator.storage?.persist?.().catch(() => false)) || false;

    // ---- what is said of sending -------------------------------------------------------------------------------------

    const tell = () => {
        const number = held.waiting ? signal.dataset.waiting.replace("{n}", String(held.waiting)) : "";
        const words = !navigator.onLine ? signal.dataset.offline
            : held.login ? signal.dataset.signin
            : held.sending && held.waiting ? signal.dataset.sending : number;
        if (signal.textContent !== words) signal.textContent = words;
        signal.classList.toggle("bad", !navigator.onLine || held.login);
        if (element("signin")) element("signin").hidden = !held.login;
    };

    // Silent and without a word of what it is about; only while the app is not in sight.
    const notify = async (words) => {
        if (remembered.get("notices") !== "1" || globalThis.Notification?.permission !== "granted" || !document.hidden) return;
        const worker = await navigator.serviceWorker.ready;
        await worker.showNotification(app.name, {body: words, icon: app.icon, badge: app.icon, tag: "field", silent: true});
    };
    document.addEventListener("field:queue", ({detail}) => {
        const number = detail.reports + detail.files;
        if (held.waiting && !number) notify(signal.dataset.noticeSent).catch(() => {});
        [held.waiting, held.login, held.sending] = [number, detail.login || detail.trouble === "stranger", detail.sending];
        tell();
    });
    document.addEventListener("visibilitychange", () => {
        if (document.hidden && held.waiting) notify(signal.dataset.noticeWaits).catch(() => {});
    });

    // Pages that this phone does not keep: without a connection their links say so and lead nowhere.
    const online = () => {
        for (const link of document.querySelectorAll("[data-online] a")) {
            if (navigator.onLine) link.removeAttribute("aria-disabled");
            else link.setAttribute("aria-disabled", "true");
        }
        for (const line of document.querySelectorAll("[data-needs-connection]")) {
            const words = line.dataset.usual ??= line.textContent;
            line.hidden = navigator.onLine && !words;
            line.textContent = navigator.onLine ? words : line.dataset.offline;
        }
    };
    document.addEventListener("click", (event) => {
        if (navigator.onLine || !event.target.closest("[data-online] a")) return;
        event.preventDefault();
        signal.scrollIntoView({block: "nearest"});
    });
    for (const name of ["online", "offline"]) addEventListener(name, () => { tell(); online(); });
    tell();
    online();

    // The store of the account that the document belongs to; one that cannot be opened is told and nothing is shown kept.
    const opened = facts.user ? fieldStore.open(facts.user) : Promise.resolve();
    opened.then(() => { app.open = "yes"; }, () => { app.open = "no"; });
    addEventListener("pageshow", (event) => event.persisted && location.reload());

    return {app, element, facts, language, remembered, sun, views, taken, persist, persisted, opened, notify};
})();
