// What a page of questions gains where scripts run: questions that an answer calls for appear at once, pages are kept
// quietly, and a page is sent once. Without it everything works, a step later.
"use strict";

const form = document.getElementById("survey");

// ---- rules: the operators of forms/questionnaire/rules.py, over whatever `answerOf` knows ---------------------------

const same = (answer, value) =>
    Array.isArray(answer) && Array.isArray(value)
        ? answer.length === value.length && answer.every((one, place) => same(one, value[place]))
        : answer === value;
const ordered = (compare) => (answer, value) =>
    typeof answer === typeof value && ["number", "string"].includes(typeof answer) && compare(answer, value);
const among = (answer, values) => values.some((value) => same(answer, value));
const comparisons = {
    eq: same,
    ne: (answer, value) => !same(answer, value),
    lt: ordered((a, b) => a < b),
    le: ordered((a, b) => a <= b),
    gt: ordered((a, b) => a > b),
    ge: ordered((a, b) => a >= b),
    in: among,
    not_in: (answer, values) => !among(answer, values),
    contains: (answer, value) => Array.isArray(answer) && among(value, answer),
};
const states = {
    answered: (answer) => answer !== null,
    empty: (answer) => answer === null,
    holds: (answer) => answer === true,
};

// What an answer is compared with: it stands for itself, or names another answer of the page.
const settled = (value, answerOf) =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? answerOf(value.of) : value;

const holds = (rule, answerOf) => {
    const [[operator, operand]] = Object.entries(rule);
    if (operator === "all") return operand.every((one) => holds(one, answerOf));
    if (operator === "any") return operand.some((one) => holds(one, answerOf));
    if (operator === "not") return !holds(operand, answerOf);
    if (operator in states) return states[operator](answerOf(operand));
    const [answer, value] = [answerOf(operand[0]), settled(operand[1], answerOf)];
    return answer !== null && value !== null && comparisons[operator](answer, value);
};

// ---- what stands on the page, read as forms/questionnaire/answers.py reads it ----------------------------------------

const matched = (pattern, read) => (text) => {
    const found = pattern.exec(text);
    return found ? read(found) : null;
};
const padded = (part) => part.padStart(2, "0");
const day = (year, month, date) => {
    const at = new Date(Date.UTC(year, month - 1, date));
    return at.getUTCMonth() === month - 1 && at.getUTCDate() === Number(date) ? at.toISOString().slice(0, 10) : null;
};
const whole = matched(/^[+-]?\d{1,9}$/, (found) => Number(found[0]));
const date = (text) =>
    matched(/^(\d{4})-(\d{1,2})-(\d{1,2})$/, (found) => day(found[1], found[2], found[3]))(text) ??
    matched(/^(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})$/, (found) => day(found[3], found[2], found[1]))(text);
const time = matched(/^([01]?\d|2[0-3])[:.]([0-5]\d)(?::[0-5]\d)?$/, (found) => `${padded(found[1])}:${found[2]}`);
const readers = {
    int: whole,
    minutes: whole,
    number: matched(/^[+-]?\d{1,9}(?:[.,]\d{1,6})?$/, (found) => Number(found[0].replace(",", "."))),
    duration: matched(/^(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)$/, ([, hours, minutes, rest]) =>
        (Number(hours || 0) * 60 + Number(minutes)) * 60 + Number(rest)),
    date,
    time,
    datetime: matched(/^(.*?)\s*[T,\s]\s*(\S+)$/, ([, first, second]) => {
        const [on, at] = [date(first), time(second)];
        return on && at ? `${on}T${at}` : null;
    }),
};

const byName = new Map();
for (const one of form?.elements ?? []) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
const controls = (name) => byName.get(name) ?? [];
const visible = (control) => !control.closest("[hidden]");
const valueOf = (choice, text) => ("number" in choice.dataset ? Number(text) : text);
const some = (list) => (list.length ? list : null);

// A list of files: those kept and those that were just added.
const filesOf = (name, adding) => {
    const gone = controls(`${name}_remove`).filter((box) => box.checked).map((box) => box.value);
    const kept = controls(name).map((one) => one.value).filter((id) => !gone.includes(id));
    return visible(adding) ? some([...kept, ...[...adding.files].map((file) => file.name)]) : null;
};

// Choices in the order of their places; null until the places go from 1 on, each once.
const ranked = (selects) => {
    const placed = [];
    for (const select of selects) {
        const at = select.value.lastIndexOf(":");
        const place = select.value.slice(at + 1);
        if (place) placed.push([Number(place), valueOf(select, select.value.slice(0, at))]);
    }
    placed.sort((a, b) => a[0] - b[0]);
    return placed.every(([place], index) => place === index + 1) ? some(placed.map(([, value]) => value)) : null;
};

const typed = (control) => {
    const text = control.value.replace(/[\p{Cf}]/gu, "").trim();
    return text && control.dataset.type in readers ? readers[control.dataset.type](text) : text || null;
};

// The answer as it stands, null for none; a question that is hidden has none, an item that is taken out its own.
const answerOf = (name) => {
    const adding = controls(`${name}_add`)[0];
    if (adding?.type === "file") return filesOf(name, adding);
    const instead = controls(name)[0]?.closest("[data-instead]");
    if (instead && visible(instead) && instead.lastElementChild.hidden) return JSON.parse(instead.dataset.instead);
    const seen = controls(name).filter(visible);
    if (!seen.length) return null;
    const chosen = seen.filter((one) => one.checked).map((one) => valueOf(one, one.value));
    if (seen[0].dataset.type === "checkbox") return chosen.length > 0 || null;
    if (seen[0].dataset.type === "ranking") return ranked(seen);
    if (seen[0].type === "radio") return chosen[0] ?? null;
    if (seen[0].type === "checkbox") return some(chosen);
    if (seen[0].type === "select-one") return seen[0].value ? valueOf(seen[0].selectedOptions[0], seen[0].value) : null;
    return typed(seen[0]);
};

// What is not offered cannot stay chosen; words beside a choice that is not made are not sent.
const show = (part, shown) => {
    part.hidden = !shown;
    if (part.matches(".other")) part.querySelector("input").disabled = !shown;
    if (part.matches("option")) {
        part.disabled = !shown;
        if (!shown && part.selected) part.parentElement.selectedIndex = 0;
    }
    if (!shown && part.matches(".option")) {
        for (const control of part.querySelectorAll("input, select")) {
            control.checked = false;
            control.selectedIndex = 0;
        }
    }
};

const judge = () => {
    for (const part of form.querySelectorAll("[data-rule], [data-without]")) {
        if (part.dataset.rule) show(part, holds(JSON.parse(part.dataset.rule), answerOf));
        if (part.dataset.without) {
            const out = holds(JSON.parse(part.dataset.without), answerOf);
            part.firstElementChild.hidden = !out;
            part.lastElementChild.hidden = out;
        }
    }
};

// A choice that rules out the others, and any other choice, take each other's tick away.
const alone = ({target}) => {
    if (target.type !== "checkbox" || !target.checked) return;
    for (const other of controls(target.name)) {
        if (other !== target && ("alone" in target.dataset || "alone" in other.dataset)) other.checked = false;
    }
};

// ---- keeping a page quietly ------------------------------------------------------------------------------------------

const sign = document.getElementById("kept");
let unsaved = false;
let sent = false;
let timer = 0;
let pause = 0;

// The same word is not said twice: it fades while something new waits to be kept, and comes back.
const tell = (word) => {
    if (!sign || (!word && pause)) return; // without a connection it stays
    sign.classList.toggle("stale", word === "");
    sign.classList.toggle("wait", word === "wait");
    if (word && sign.textContent !== sign.dataset[word]) sign.textContent = sign.dataset[word];
};
const later = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(keep, milliseconds);
};

// Without a connection the answers stay in this page and nowhere else: it may be somebody else's device. It is tried
// again, less and less often, and at once when the device says that it is connected.
const keep = async () => {
    if (!unsaved || sent) return;
    clearTimeout(timer);
    unsaved = false;
    const body = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    body.set("go", "keep");
    try {
        const answer = await fetch(form.action, {method: "POST", body, keepalive: true, redirect: "manual"});
        if (answer.status >= 500) throw new Error("not kept");
        pause = 0;
        if (!unsaved) tell(answer.status === 409 ? "both" : answer.status === 204 ? "kept" : "");
    } catch {
        unsaved = true;
        if (sent) return;
        tell("wait");
        pause = Math.min(60000, pause * 2 || 3000);
        later(pause);
    }
};

// Who comes back by the browser's own button to a page that was sent meanwhile is told so: on a device that others use
// nobody reads what was answered.
const stillOpen = async () => {
    try {
        const answer = await fetch(location.href, {method: "HEAD", redirect: "manual", cache: "no-store"});
        if (answer.status === 410 || answer.status === 404) location.replace(location.href);
    } catch {
        // Not connected: what stands here is all there is.
    }
};

// ---- the page --------------------------------------------------------------------------------------------------------

document.getElementById("errors")?.focus();

if (form) {
    judge();
    // Who goes back to the first page of an open link goes on with what was begun, not afresh.
    const door = form.elements.namedItem("response");
    const begun = door && sessionStorage.getItem(location.pathname);
    if (begun && performance.getEntriesByType("navigation")[0]?.type === "back_forward") door.value = begun;
    const changed = (event) => {
        alone(event);
        judge();
    };
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    if ("keep" in form.dataset) {
        form.addEventListener("input", () => {
            unsaved = true;
            tell("");
            later(1500);
        });
        document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keep());
        addEventListener("pagehide", keep);
        addEventListener("online", keep);
    }
    form.addEventListener("submit", (event) => {
        if (sent) {
            event.preventDefault();
            return;
        }
        if (!navigator.onLine && sign) {
            // Sent now, the browser would show a page of its own in place of this one.
            event.preventDefault();
            unsaved = true;
            tell("wait");
            sign.scrollIntoView({block: "center"});
            return;
        }
        sent = true;
        if (door) sessionStorage.setItem(location.pathname, door.value);
        // Which way the numbered scales stood moves answers, so it is kept with them.
        const scale = form.querySelector(".pick.scale");
        const layout = form.elements.namedItem("layout");
        if (scale && layout) layout.value = getComputedStyle(scale).flexDirection === "column" ? "stack" : "row";
    });
    // A page that comes back from the browser's memory can be sent again.
    addEventListener("pageshow", ({persisted}) => {
        sent = false;
        const back = persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
        if (back && sign) stillOpen();
    });
}
