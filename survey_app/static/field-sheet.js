// The report on the phone: one section in view, every answer kept at once, what is missing counted and led to, words
// demanded where an answer is low, seconds per question. After field-files.js. Global: `fieldSheet`.
"use strict";

const fieldSheet = (() => {
    const {element, app} = fieldApp;
    const {facts, own, change} = fieldVisit;
    const sheet = element("survey");
    const leaves = [...sheet.querySelectorAll(".leaf")];
    const parts = [...sheet.querySelectorAll(".asked")];
    const seen = {leaf: leaves[0], tried: new Set(), timing: ""};
    const ours = (name) => name && name !== "@today";
    sheet.elements.namedItem("@today").value = new Date().toLocaleDateString("en-CA", {timeZone: facts.zone});

    // ---- answers in and out ------------------------------------------------------------------------------------------

    const given = () => {
        const answers = {};
        for (const [name, value] of new FormData(sheet)) {
            if (ours(name) && typeof value === "string" && value.trim()) (answers[name] ??= []).push(value);
        }
        return answers;
    };
    // Answers of this phone stand in place of those that the document brought along.
    const fill = (answers) => {
        for (const control of sheet.elements) {
            if (!ours(control.name) || control.type === "file") continue;
            const values = answers[control.name] ?? [];
            if (["radio", "checkbox"].includes(control.type)) control.checked = values.includes(control.value);
            else if (control.dataset.type === "ranking") {
                control.value = values.find((one) => [...control.options].some((each) => each.value === one)) ?? control.options[0].value;
            } else control.value = values[0] ?? "";
        }
    };

    // ---- what the taps already tell ----------------------------------------------------------------------------------

    const clockFace = (iso) => new Date(iso).toLocaleTimeString("en-GB", {hour: "2-digit", minute: "2-digit", timeZone: facts.zone});
    const KNOWN = {
        day: ({entered}) => {
            if (!entered) return "";
            const [year, month, date] = new Date(entered).toLocaleDateString("en-CA", {timeZone: facts.zone}).split("-");
            return `${Number(date)}.${Number(month)}.${year}`;
        },
        entered: ({entered}) => (entered ? clockFace(entered) : ""),
        left: ({left}) => (left ? clockFace(left) : ""),
        waited: ({entered, served}) => (entered && served ? String(Math.floor((Date.parse(served) - Date.parse(entered)) / 60_000)) : ""),
    };
    // What somebody typed themselves is never written over.
    const prefill = (record) => {
        let filled = false;
        for (const part of parts.filter((one) => one.dataset.known)) {
            const control = part.querySelector("input[type=text]");
            const words = KNOWN[part.dataset.known](record.marks);
            const untouched = !control.value || control.value === control.dataset.tapped;
            if (!words || !untouched) continue;
            if (control.value !== words) filled = true;
            control.value = control.dataset.tapped = words;
            part.querySelector(".from-taps").hidden = false;
        }
        return filled;
    };

    // ---- what is missing ---------------------------------------------------------------------------------------------

    const holding = (rule) => rule === "always" || (rule && holds(JSON.parse(rule), answerOf));
    const asked = (part) => !part.querySelector(":scope > [data-rule][hidden]");
    const voided = () => Boolean(facts.voids) && answerOf(facts.voids) === true;
    const isLater = (part) => Boolean(part.querySelector("[data-later]:checked"));
    const comment = (part) => part.querySelector(".comment textarea");
    const written = (part) => [...part.querySelectorAll("input[type=text], textarea")]
        .some((one) => one.name === part.dataset.code && one.value.trim());
    const bounded = (part, answer) => {
        const size = Array.isArray(answer) ? answer.length : answer;
        if (typeof size !== "number" || part.querySelector("[type=radio], select")) return true;
        const {least, most} = part.dataset;
        return (least === undefined || size >= Number(least)) && (most === undefined || size <= Number(most));
    };
    const answerTo = (part) => {
        const box = part.querySelector("fieldset > [data-shots]");
        return box ? fieldFiles.count(box.dataset.shots) || null : answerOf(part.dataset.code);
    };
    const wantsWords = (part) => Boolean(part.dataset.worded) && holding(part.dataset.worded);
    const fault = (part) => {
        if (!asked(part) || isLater(part)) return "";
        const answer = answerTo(part);
        if (answer === null) {
            if (written(part)) return part.dataset.invalid;
            return holding(part.dataset.needed) ? part.dataset.missing : "";
        }
        const fits = !part.dataset.valid || holds(JSON.parse(part.dataset.valid), answerOf);
        if (!fits || !bounded(part, answer)) return part.dataset.invalid;
        return wantsWords(part) && !comment(part)?.value.trim() ? part.dataset.unworded : "";
    };
    const gaps = () => (voided() ? [] : parts.map((part) => [part, fault(part)]).filter(([, message]) => message));
    const tell = (part, message) => {
        const frame = part.querySelector(".question:not(.settled)") ?? part;
        const id = `${part.dataset.code}-error`;
        element(id)?.remove();
        frame.classList.toggle("wrong", Boolean(message));
        const control = part.querySelector("fieldset, textarea, input, select");
        const others = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
        if (message) {
            const line = document.createElement("p");
            [line.className, line.id, line.textContent] = ["error", id, message];
            (frame.querySelector("legend, label") ?? frame.firstElementChild).after(line);
            others.push(id);
        }
        if (others.length) control.setAttribute("aria-describedby", others.join(" "));
        else control.removeAttribute("aria-describedby");
    };

    // ---- what is shown -----------------------------------------------------------------------------------------------

    const open = () => leaves.filter((leaf) => parts.some((part) => leaf.contains(part) && asked(part)));
    const count = (leaf) => {
        const own_ = parts.filter((part) => leaf.contains(part) && asked(part) && !part.querySelector(".told"));
        return {total: own_.length, done: own_.filter((part) => answerTo(part) !== null || isLater(part)).length};
    };
    const quote = () => {
        for (const place of sheet.querySelectorAll("[data-answer]")) {
            const chosen = [...sheet.querySelectorAll(`[name="${CSS.escape(place.dataset.answer)}"]`)].filter((one) => one.checked);
            const words = chosen.map((one) => one.closest("label").querySelector("span").textContent.trim());
            place.textContent = words.join(", ") || String(answerOf(place.dataset.answer) ?? "…");
        }
    };
    const put = (place, values) => {
        place.textContent = place.dataset.words.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
    };
    const show = () => {
        judge();
        quote();
        const now = open();
        let [done, total] = [0, 0];
        for (const leaf of leaves) {
            const line = element("parts").querySelector(`[data-leaf="${CSS.escape(leaf.dataset.code)}"]`);
            line.hidden = !now.includes(leaf);
            const found = count(leaf);
            const words = element("answered-words").dataset.words;
            line.querySelector(".number").textContent = words.replace("{done}", found.done).replace("{total}", found.total);
            if (!line.hidden) [done, total] = [done + found.done, total + found.total];
            const link = line.querySelector("a");
            if (leaf === seen.leaf) link.setAttribute("aria-current", "true");
            else link.removeAttribute("aria-current");
        }
        const at = now.indexOf(seen.leaf);
        put(element("place-in"), {number: at + 1, total: now.length});
        put(element("answered-words"), {done, total});
        [element("answered").max, element("answered").value] = [Math.max(1, total), done];
        element("back").hidden = at <= 0;
        element("next").textContent = element("next").dataset[at === now.length - 1 ? "check" : "next"];
        for (const part of parts) {
            const wants = asked(part) && wantsWords(part);
            const beside = part.querySelector(".comment");
            if (beside) {
                beside.classList.toggle("demanded", wants);
                if (wants && !beside.dataset.opened) beside.open = beside.dataset.opened = true;
            }
            // What was pointed out goes as soon as it is mended; nothing is pointed out before it was passed by.
            if (seen.tried.has(part.dataset.code)) tell(part, voided() ? "" : fault(part));
        }
        const left = gaps().length;
        element("missing-count").textContent = left || "";
        element("jump").hidden = !left;
    };
    const arrive = (leaf, focus = true) => {
        seen.leaf = leaf;
        for (const one of leaves) one.classList.toggle("away", one !== leaf);
        element("contents").open = false;
        show();
        if (!focus) return;
        scrollTo(0, 0);
        leaf.querySelector("h1").focus({preventScroll: true});
    };
    const point = (part) => {
        const leaf = part.closest(".leaf");
        seen.tried.add(part.dataset.code);
        if (location.hash !== `#report/${leaf.dataset.code}`) history.pushState(null, "", `#report/${leaf.dataset.code}`);
        if (document.body.dataset.view !== "report") dispatchEvent(new HashChangeEvent("hashchange"));
        arrive(leaf, false);
        const control = wantsWords(part) && answerTo(part) !== null ? comment(part) : null;
        (control ?? part.querySelector("input:not([type=hidden]), textarea, select"))?.focus({preventScroll: true});
        part.scrollIntoView({block: "center"});
    };
    const jump = () => {
        const found = gaps().map(([part]) => part);
        const here = found.find((part) => leaves.indexOf(part.closest(".leaf")) > leaves.indexOf(seen.leaf)
            || (seen.leaf.contains(part) && !part.contains(document.activeElement) && part.compareDocumentPosition(document.activeElement) & 2));
        const first = here ?? found[0];
        if (first) point(first);
        else location.hash = "#finish";
    };

    // Going on is never barred: what is missing is pointed out here and counted until the report is sent.
    const step = (by) => {
        const now = open();
        if (by > 0) for (const part of parts) if (seen.leaf.contains(part)) seen.tried.add(part.dataset.code);
        const next = now[now.indexOf(seen.leaf) + by];
        location.hash = next ? `#report/${next.dataset.code}` : by > 0 ? "#finish" : "#brief";
    };
    element("next").addEventListener("click", () => step(1));
    element("back").addEventListener("click", () => step(-1));
    element("jump").addEventListener("click", jump);
    sheet.addEventListener("submit", (event) => {
        event.preventDefault();
        step(1);
    });

    // ---- keeping -----------------------------------------------------------------------------------------------------

    const keep = () => {
        if (!own.record || own.record.state !== "draft") return;
        const said = element("saved");
        change((record) => {
            record.answers = given();
            record.marks.began ??= new Date().toISOString();
            record.later = [...sheet.querySelectorAll("[data-later]:checked")].filter((one) => !one.closest("[hidden]")).map((one) => one.value);
        }).then(() => { if (!said.textContent) said.textContent = said.dataset.saved; }, () => { said.textContent = ""; });
    };
    const touched = () => {
        show();
        keep();
    };
    sheet.addEventListener("input", touched);
    sheet.addEventListener("change", touched);

    // Seconds for which a question stood in the middle of the screen while the page was in sight.
    const SECOND = 1000;
    setInterval(() => {
        if (document.hidden || document.body.dataset.view !== "report" || own.record?.state !== "draft") return;
        const middle = innerHeight * 0.4;
        const away = (part) => {
            const box = part.getBoundingClientRect();
            return box.height ? Math.max(0, box.top - middle, middle - box.bottom) : Infinity;
        };
        const active = parts.find((part) => part.contains(document.activeElement) && away(part) < innerHeight);
        const best = active ?? parts.filter(asked).reduce((one, other) => (one && away(one) <= away(other) ? one : other), null);
        if (!best) return;
        const {timings} = own.record;
        timings[best.dataset.code] = (timings[best.dataset.code] ?? 0) + 1;
    }, SECOND);
    document.addEventListener("visibilitychange", () => document.hidden && own.record?.marks.began && keep());

    const begin = (record) => {
        if (app.local !== "none") fill(record.answers);
        for (const box of sheet.querySelectorAll("[data-later]")) box.checked = (record.later ?? []).includes(box.value);
        if (app.local === "none" && Object.keys(given()).length) record.answers = given();
        prefill(record);
        arrive(leaves[0], false);
        fieldVisit.listen((changed) => { if (prefill(changed)) changed.answers = given(); show(); });
    };
    const turn = (place) => arrive(leaves.find((leaf) => leaf.dataset.code === place) ?? seen.leaf);
    return {begin, turn, gaps, point, jump, show, keep, voided, isLater, parts, sheet};
})();
