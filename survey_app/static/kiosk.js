// A survey on a branch's tablet: one leaf in view, back to the beginning when nobody is there, nothing of the one before.
// respond.js before it knows the rules (`holds`, `answerOf`), kiosk-queue.js what becomes of finished answers (`waiting`).
"use strict";

const tablet = document.body.dataset;
const element = (id) => document.getElementById(id);
const MINUTE = 60_000;
const IDLE = MINUTE;
const LONG = 10 * MINUTE;
// WCAG 2.2.1: whoever is warned has 20 seconds at least to say that they are there.
const WARNING = 20;
const THANKED = 12_000;
const ASKING = MINUTE;

const go = (address) => location.replace(address);
const home = () => go(tablet.home);

// ---- what is the same on every screen --------------------------------------------------------------------------------

// Nothing leads out of the tablet: neither telephone numbers nor addresses in a statement. A link to a part of the page
// moves the focus and leaves no trace in the history.
document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    const part = link.getAttribute("href");
    if (part.startsWith("#")) element(part.slice(1))?.focus();
    if (link.matches(".tongue")) go(link.href);
});
for (const button of document.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => {
        element(button.dataset.opens).showModal();
        element(button.dataset.opens).querySelector("h2").focus();
    });
}
for (const button of document.querySelectorAll("[data-closes]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
}
document.addEventListener("contextmenu", (event) => event.preventDefault());

// ---- the first screen, and one that takes nothing now ----------------------------------------------------------------

// Have the worker fetch all pages anew; says what became of it, or nothing where there is no worker.
const refreshed = async () => {
    if (!navigator.serviceWorker) return null;
    await navigator.serviceWorker.register(tablet.worker, {scope: tablet.worker.replace(/[^/]*$/, "")});
    const ready = await navigator.serviceWorker.ready;
    const pages = [...document.querySelectorAll("a.tongue")].map((link) => link.href);
    const channel = new MessageChannel();
    const said = new Promise((resolve) => { channel.port1.onmessage = (event) => resolve(event.data); });
    ready.active.postMessage({home: new URL(tablet.home, location.href).href, pages}, [channel.port2]);
    return said;
};

const idle = async () => {
    const said = await waiting.posted("state", {held: await waiting.count()}).catch(() => null);
    if (!said) return;
    const open = tablet.screen === "start";
    if (said.open === open && said.release === tablet.release) return;
    await refreshed().catch(() => null);
    home();
};

const rest = () => {
    const kept = refreshed().catch(() => null).then((outcome) => { document.body.dataset.kept = outcome ?? "nothing"; });
    waiting.flush(true).then(idle);
    setInterval(() => waiting.flush(false).then(idle), ASKING);
    return kept;
};

// ---- a survey --------------------------------------------------------------------------------------------------------

const survey = () => {
    const sheet = element("survey");
    const leaves = [...sheet.querySelectorAll(".leaf")];
    const random = (bytes) => [...crypto.getRandomValues(new Uint8Array(bytes))]
        .map((one) => one.toString(16).padStart(2, "0")).join("");
    const seen = {place: 0, limit: IDLE, timer: 0, ticking: 0, guarded: false, leaving: false, done: false, busy: false};

    // Nothing that was answered stays in the page, in its history or in what the browser remembers of forms.
    const wipe = () => {
        sheet.reset();
        for (const control of sheet.querySelectorAll("textarea, input[type=text]")) control.value = "";
    };
    const reset = () => {
        if (seen.leaving) return;
        seen.leaving = true;
        wipe();
        clearTimeout(seen.timer);
        clearInterval(seen.ticking);
        if (seen.guarded) {
            addEventListener("popstate", home, {once: true});
            history.back();
        } else {
            home();
        }
    };

    // ---- time --------------------------------------------------------------------------------------------------------

    const still = element("still");
    const watch = () => {
        clearTimeout(seen.timer);
        if (!seen.done) seen.timer = setTimeout(warn, seen.limit - WARNING * 1000);
    };
    const warn = () => {
        const ends = Date.now() + WARNING * 1000;
        const show = () => {
            const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
            element("countdown").textContent = String(left);
            if (left === WARNING || left === 5) {
                const said = element("countdown-said");
                said.textContent = said.dataset.words.replace("{n}", String(left));
            }
            if (left === 0) reset();
        };
        for (const open of document.querySelectorAll("dialog[open]")) open.close();
        still.showModal();
        element("still-title").focus();
        show();
        seen.ticking = setInterval(show, 1000);
    };
    const stay = () => {
        clearInterval(seen.ticking);
        if (still.open) still.close();
        watch();
    };
    const longer = () => {
        seen.limit = LONG;
        element("more-time").hidden = true;
        element("said").textContent = element("more-time").dataset.said;
        stay();
    };
    for (const name of ["pointerdown", "keydown", "input", "scroll"]) {
        addEventListener(name, () => (still.open ? null : watch()), {capture: true, passive: true});
    }
    still.addEventListener("cancel", (event) => {
        event.preventDefault();
        stay();
    });
    // Any touch outside the two buttons says as well that somebody is there.
    still.addEventListener("pointerdown", (event) => event.target.closest("#stay-long") || stay());
    element("stay").addEventListener("click", stay);
    element("stay-long").addEventListener("click", longer);
    element("more-time").addEventListener("click", longer);
    element("leave").addEventListener("click", reset);

    // ---- leaves ------------------------------------------------------------------------------------------------------

    const shown = (part) => !part.closest("[hidden]") && !part.querySelector(":scope > [data-rule][hidden]");
    const asks = (leaf) => [...leaf.querySelectorAll(".asked")].filter(shown);
    const open = () => leaves.filter((leaf) => asks(leaf).length);

    // Words that show an earlier answer.
    const quote = () => {
        for (const place of sheet.querySelectorAll("[data-answer]")) {
            const code = place.dataset.answer;
            const chosen = [...sheet.querySelectorAll(`[name="${CSS.escape(code)}"]`)].filter((one) => one.checked);
            const words = chosen.map((one) => one.closest("label").querySelector("span").textContent.trim());
            place.textContent = words.join(", ") || String(answerOf(code) ?? "…");
        }
    };
    const turn = (leaf) => {
        quote();
        for (const one of leaves) one.classList.toggle("away", one !== leaf);
        const now = open();
        seen.place = leaves.indexOf(leaf);
        const at = now.indexOf(leaf);
        const last = at === now.length - 1;
        element("next").textContent = element("next").dataset[last ? "send" : "next"];
        element("back").hidden = at <= 0;
        const words = element("progress");
        words.textContent = words.dataset.words.replace("{number}", String(at + 1)).replace("{pages}", String(now.length));
        const bar = sheet.parentElement.querySelector("progress");
        [bar.max, bar.value] = [now.length, at];
    };
    const arrive = (leaf) => {
        turn(leaf);
        scrollTo(0, 0);
        leaf.querySelector("h1").focus();
    };

    // ---- what is wrong -----------------------------------------------------------------------------------------------

    const holding = (rule) => rule === "always" || (rule && holds(JSON.parse(rule), answerOf));
    const written = (part) => [...part.querySelectorAll("input[type=text], textarea")]
        .some((one) => one.name === part.dataset.code && one.value.trim());
    const bounded = (part, answer) => {
        const size = Array.isArray(answer) ? answer.length : answer;
        if (typeof size !== "number" || part.querySelector("[type=radio], select")) return true;
        const {least, most} = part.dataset;
        return (least === undefined || size >= Number(least)) && (most === undefined || size <= Number(most));
    };
    const fault = (part) => {
        const answer = answerOf(part.dataset.code);
        if (answer === null) {
            if (written(part)) return part.dataset.invalid;
            return holding(part.dataset.needed) ? part.dataset.missing : "";
        }
        const fits = !part.dataset.valid || holds(JSON.parse(part.dataset.valid), answerOf);
        return fits && bounded(part, answer) ? "" : part.dataset.invalid;
    };
    const tell = (part, message) => {
        const frame = part.querySelector(".question") ?? part;
        const code = part.dataset.code;
        element(`${code}-error`)?.remove();
        frame.classList.toggle("wrong", Boolean(message));
        const control = part.querySelector("fieldset, textarea, input, select");
        const others = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== `${code}-error`);
        if (message) {
            const line = document.createElement("p");
            line.className = "error";
            line.id = `${code}-error`;
            line.textContent = message;
            (frame.querySelector("legend, label") ?? frame.firstElementChild).after(line);
            others.push(line.id);
        }
        if (others.length) control.setAttribute("aria-describedby", others.join(" "));
        else control.removeAttribute("aria-describedby");
    };
    const check = (leaf) => {
        const faults = asks(leaf).map((part) => [part, fault(part)]);
        for (const [part, message] of faults) tell(part, message);
        const wrong = faults.filter(([, message]) => message);
        const summary = leaf.querySelector(".summary");
        summary.hidden = !wrong.length;
        summary.querySelector("ul").replaceChildren(...wrong.map(([part, message]) => {
            const [line, link] = [document.createElement("li"), document.createElement("a")];
            link.href = `#${part.dataset.code}`;
            link.textContent = message;
            link.addEventListener("click", () => part.querySelector("input, textarea, select")?.focus());
            line.append(link);
            return line;
        }));
        if (wrong.length) {
            scrollTo(0, 0);
            summary.focus();
        }
        return !wrong.length;
    };

    // ---- sending -----------------------------------------------------------------------------------------------------

    const given = () => {
        const answers = {};
        for (const [name, value] of new FormData(sheet)) {
            if (typeof value === "string" && value.trim()) (answers[name] ??= []).push(value);
        }
        return answers;
    };
    const laid = () => {
        const scale = sheet.querySelector(".leaf:not(.away) .pick.scale") ?? sheet.querySelector(".pick.scale");
        return scale && getComputedStyle(scale).flexDirection === "column" ? "stack" : "row";
    };
    const finish = async () => {
        if (seen.busy) return;
        seen.busy = true;
        const body = {
            version: Number(tablet.version), seed: tablet.seed, point: tablet.point,
            language: document.documentElement.lang, layout: laid(), answers: given(),
        };
        try {
            await waiting.add(random(16), body);
        } catch {
            element("lost").hidden = false;
            element("lost").focus();
            seen.busy = false;
            return;
        }
        element("lost").hidden = true;
        seen.done = true;
        wipe();
        clearTimeout(seen.timer);
        element("survey-view").hidden = true;
        element("thanks").hidden = false;
        for (const id of ["more-time", "leave"]) element(id).hidden = true;
        scrollTo(0, 0);
        element("thanks").querySelector("h1").focus();
        setTimeout(reset, THANKED);
    };
    const forward = () => {
        const leaf = leaves[seen.place];
        if (!check(leaf)) return;
        const next = open().find((one) => leaves.indexOf(one) > seen.place);
        if (next) arrive(next);
        else finish();
    };
    const backward = () => {
        const before = open().filter((one) => leaves.indexOf(one) < seen.place).at(-1);
        if (before) arrive(before);
        return Boolean(before);
    };

    element("next").addEventListener("click", forward);
    element("back").addEventListener("click", backward);
    element("again").addEventListener("click", reset);
    element("retry").addEventListener("click", finish);
    sheet.addEventListener("submit", (event) => {
        event.preventDefault();
        forward();
    });
    sheet.addEventListener("input", () => turn(leaves[seen.place]));

    // The tablet's own way back leads a leaf back, from the first to the languages; it never leads to somebody's answers.
    addEventListener("pointerdown", () => {
        if (seen.guarded) return;
        seen.guarded = true;
        history.pushState({guard: true}, "");
    }, {capture: true});
    addEventListener("popstate", () => {
        if (seen.leaving) return;
        seen.guarded = false;
        if (seen.done || !backward()) {
            reset();
        } else {
            history.pushState({guard: true}, "");
            seen.guarded = true;
        }
    });
    addEventListener("pagehide", wipe);
    wipe();
    judge();
    turn(open()[0]);
    watch();
};

addEventListener("pageshow", (event) => event.persisted && home());
if (tablet.screen === "survey") survey();
else rest();
