// What the editor gains where scripts run. htmx swaps the screen for the answer to each form and link; here stands what
// goes around that: the outline keeps its place, an act is announced, a part is dragged, answers are offered while a
// condition is written, Ctrl+Z undoes outside of fields, and an answer that is no screen of the editor is shown as it is.
"use strict";

const screenOf = () => document.getElementById("editor");
const announce = (words) => {
    const region = document.getElementById("announce");
    if (region && words) region.textContent = words;
};

// ---- around a swap ---------------------------------------------------------------------------------------------------

let outlineAt = 0;
let dirty = false;
// Where the link leads that was followed last: "#part"; empty after a form was sent.
let led = "";

document.addEventListener("htmx:before:request", (event) => {
    led = event.detail.ctx.sourceElement.hash ?? "";
    outlineAt = document.getElementById("outline")?.scrollTop ?? 0;
    document.getElementById("lost").hidden = true;
});

// A page that is not the editor's (the login after a session has ended, a refusal) is opened as a page. What was typed
// goes with it: the login keeps a form that was sent and offers it again.
document.addEventListener("htmx:before:swap", (event) => {
    const {ctx} = event.detail;
    if (ctx.text.includes('id="editor"')) return;
    event.preventDefault();
    if (ctx.request.method === "GET") {
        location.assign(ctx.request.action);
        return;
    }
    const form = ctx.sourceElement.closest("form");
    const {submitter} = ctx.request;
    if (submitter?.name) {
        const pressed = document.createElement("input");
        pressed.type = "hidden";
        pressed.name = submitter.name;
        pressed.value = submitter.value;
        form.append(pressed);
    }
    HTMLFormElement.prototype.submit.call(form);
});

document.addEventListener("htmx:after:swap", () => {
    const outline = document.getElementById("outline");
    if (outline) outline.scrollTop = outlineAt;
    arrived();
    announce(screenOf()?.dataset.said);
});

document.addEventListener("htmx:error", () => {
    const lost = document.getElementById("lost");
    lost.hidden = false;
    lost.scrollIntoView({block: "nearest"});
});

// What such a link leads to: the heading of the part that was opened, or the preview.
const LED = {"#part": "part-title", "#preview": "preview"};
const arrived = () => {
    dirty = document.getElementById("filling")?.classList.contains("dirty") ?? false;
    const wanted = document.querySelector("#editor [autofocus]") ?? document.getElementById("errors")
        ?? document.getElementById(LED[led]);
    wanted?.focus({preventScroll: false});
    const open = document.querySelector("#outline [aria-current]");
    const outline = document.getElementById("outline");
    if (open && outline && outline.scrollHeight > outline.clientHeight) {
        const box = outline.getBoundingClientRect();
        const line = open.getBoundingClientRect();
        if (line.top < box.top || line.bottom > box.bottom) outline.scrollTop += line.top - box.top - box.height / 3;
    }
};

// ---- leaving with something typed ------------------------------------------------------------------------------------

document.addEventListener("input", (event) => {
    const form = event.target.closest("#filling");
    if (!form) return;
    dirty = true;
    form.classList.add("dirty");
});
document.addEventListener("submit", () => { dirty = false; });
document.addEventListener("click", (event) => {
    const link = event.target.closest("#editor a[href]");
    if (dirty && link && !link.getAttribute("href").startsWith("#") && !confirm(screenOf().dataset.leave)) {
        event.preventDefault();
        event.stopPropagation();
    }
}, true);
addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
});

// ---- undo by keyboard ------------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.target.closest("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    const wanted = key === "y" || (key === "z" && event.shiftKey) ? "redo" : key === "z" ? "undo" : "";
    const button = wanted && document.getElementById(wanted);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
});

// ---- answers offered while a condition is written --------------------------------------------------------------------

const offered = (field) => {
    const source = document.getElementById("values");
    const known = source ? JSON.parse(source.textContent) : {questions: {}, lists: {}};
    const asked = document.querySelector(`[data-asks="${CSS.escape(field.id)}"]`);
    const values = known.lists[known.questions[asked?.value.trim()]] ?? [];
    let list = document.getElementById("offered");
    if (!list) {
        list = document.createElement("datalist");
        list.id = "offered";
        screenOf().append(list);
    }
    list.replaceChildren(...values.map(([value, label]) => {
        const option = document.createElement("option");
        option.value = value;
        option.label = label ? `${value} – ${label}` : value;
        return option;
    }));
    field.setAttribute("list", "offered");
};
document.addEventListener("focusin", (event) => {
    if (event.target.matches?.('.condition input[name$="-value"]')) offered(event.target);
});

// ---- dragging --------------------------------------------------------------------------------------------------------

let dragged = null;
let target = null;

const isSection = (item) => item.dataset.place.startsWith("sections.");
const unmark = () => {
    for (const one of document.querySelectorAll(".drop-before, .drop-after")) one.classList.remove("drop-before", "drop-after");
};

const over = (event) => {
    unmark();
    target = null;
    const found = document.elementFromPoint(event.clientX, event.clientY)?.closest("#outline [data-movable]");
    if (!found) return;
    const item = isSection(dragged) ? found.closest(".group") : found;
    if (!item || item === dragged || dragged.contains(item)) return;
    const line = isSection(item) ? item.querySelector(".section-line") : item;
    const box = (isSection(dragged) ? item : line).getBoundingClientRect();
    const after = event.clientY > box.top + box.height / 2 || (isSection(item) && !isSection(dragged));
    target = {item, after};
    (isSection(dragged) ? item : line).classList.add(after ? "drop-after" : "drop-before");
};

const drop = () => {
    const form = document.getElementById("drag");
    const {item, after} = target;
    const fields = form.elements;
    fields.namedItem("where").value = dragged.dataset.place;
    const siblings = [...item.parentElement.children].filter((one) => "movable" in one.dataset && one !== dragged);
    const before = siblings[siblings.indexOf(item) - 1];
    if (isSection(dragged)) {
        fields.namedItem("to").value = after ? item.dataset.place : before?.dataset.place ?? "";
    } else if (isSection(item)) {
        fields.namedItem("to").value = item.dataset.place;
        fields.namedItem("position").value = "0";
    } else if (after) {
        fields.namedItem("to").value = item.dataset.place;
    } else if (before) {
        fields.namedItem("to").value = before.dataset.place;
    } else {
        fields.namedItem("to").value = item.closest(".group").dataset.place;
        fields.namedItem("position").value = "0";
    }
    form.requestSubmit();
};

document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest(".handle");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    dragged = handle.closest("[data-movable]");
    dragged.classList.add("dragging");
    handle.setPointerCapture(event.pointerId);
});
document.addEventListener("pointermove", (event) => { if (dragged) over(event); });
document.addEventListener("pointerup", () => {
    if (!dragged) return;
    dragged.classList.remove("dragging");
    unmark();
    if (target) drop();
    dragged = target = null;
});
document.addEventListener("pointercancel", () => {
    dragged?.classList.remove("dragging");
    unmark();
    dragged = target = null;
});

// ---- the phone shows the question that is open ----------------------------------------------------------------------

document.addEventListener("load", (event) => {
    const frame = event.target;
    if (frame.tagName !== "IFRAME") return;
    const question = frame.contentDocument?.getElementById(frame.dataset.shows);
    if (question) frame.contentWindow.scrollTo(0, question.getBoundingClientRect().top - 16);
}, true);

arrived();
