// What a page of questions gains where scripts run: questions that an answer calls for appear at once, pages are kept
// quietly, and a page is sent once. Without it everything works, a step later.
"use strict";

const form = document.getElementById("survey");

// ---- rules: the operators of forms/questionnaire/rules.py, over what stands on this page -----------------------------

const number = (text) => (typeof text === "string" && /^-?\d+$/.test(text) ? Number(text) : text);
const same = (answer, value) => (typeof value === "number" ? number(answer) === value : answer === value);
const ordered = (compare) => (answer, value) => {
    const typed = typeof value === "number" ? number(answer) : answer;
    return typeof typed === typeof value && compare(typed, value);
};
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

const holds = (rule) => {
    const [[operator, operand]] = Object.entries(rule);
    if (operator === "all") return operand.every(holds);
    if (operator === "any") return operand.some(holds);
    if (operator === "not") return !holds(operand);
    if (operator in states) return states[operator](answerOf(operand));
    const answer = answerOf(operand[0]);
    return answer !== null && comparisons[operator](answer, operand[1]);
};

const names = (rule) => {
    const [[operator, operand]] = Object.entries(rule);
    if (operator === "not") return names(operand);
    if (operator === "all" || operator === "any") return operand.flatMap(names);
    return [operator in states ? operand : operand[0]];
};

const controls = (name) => [...form.elements].filter((one) => one.name === name);

// The answer as it stands, null for none; a question that is hidden has none.
const answerOf = (name) => {
    const seen = controls(name).filter((one) => !one.closest("[hidden]"));
    const chosen = seen.filter((one) => one.checked).map((one) => one.value);
    if (!seen.length) return null;
    if (seen[0].type === "radio") return chosen.length ? chosen[0] : null;
    if (seen[0].type === "checkbox") return seen.length === 1 && seen[0].value === "1" ? chosen.length > 0 || null : chosen.length ? chosen : null;
    return seen[0].value.trim() || null;
};

const judge = () => {
    for (const question of form.querySelectorAll("[data-rule]")) {
        question.hidden = !holds(JSON.parse(question.dataset.rule));
    }
    for (const item of form.querySelectorAll("[data-without]")) {
        const rule = JSON.parse(item.dataset.without);
        if (!names(rule).every((name) => controls(name).length)) continue; // decided elsewhere
        const out = holds(rule);
        item.firstElementChild.hidden = !out;
        item.lastElementChild.hidden = out;
    }
};

// ---- keeping a page quietly ------------------------------------------------------------------------------------------

let unsaved = false;
let sent = false;

const keep = () => {
    if (!unsaved || sent) return;
    unsaved = false;
    const body = new URLSearchParams(new FormData(form));
    body.set("go", "keep");
    fetch(form.action, {method: "POST", body, keepalive: true, redirect: "manual"}).catch(() => { unsaved = true; });
};

// ---- the page --------------------------------------------------------------------------------------------------------

document.getElementById("errors")?.focus();

if (form) {
    judge();
    // Who goes back to the first page of an open link goes on with what was begun, not afresh.
    const door = form.elements.namedItem("response");
    const begun = door && sessionStorage.getItem(location.pathname);
    if (begun && performance.getEntriesByType("navigation")[0]?.type === "back_forward") door.value = begun;
    form.addEventListener("input", judge);
    form.addEventListener("change", judge);
    if ("keep" in form.dataset) {
        let timer = 0;
        form.addEventListener("input", () => {
            unsaved = true;
            clearTimeout(timer);
            timer = setTimeout(keep, 1500);
        });
        document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && keep());
        addEventListener("pagehide", keep);
    }
    form.addEventListener("submit", (event) => {
        if (sent) {
            event.preventDefault();
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
    addEventListener("pageshow", () => { sent = false; });
}
