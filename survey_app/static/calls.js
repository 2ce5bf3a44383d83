// An interview by keyboard: a number marks an answer of the question that has the focus, and the focus goes on to the
// next question. Keys do this only while a choice has the focus, so nothing typed into a line is ever taken for one.
"use strict";

// respond.js stands on the same page: names of one must not meet those of the other.
{
    const questions = [...document.querySelectorAll("#survey .question")];
    const reachable = (part) =>
        part.closest("[hidden]") ? undefined
            : [...part.querySelectorAll("input:not([type=hidden]), select, textarea")]
                .find((one) => !one.closest("[hidden]") && !one.disabled);

    // A group of radios is entered at its chosen one.
    const entry = (part) => part.querySelector("input[type=radio]:checked") ?? reachable(part);

    const goOn = (part) => {
        const following = questions.slice(questions.indexOf(part) + 1).map(entry).find(Boolean);
        (following ?? document.querySelector("#survey .dock .primary"))?.focus();
    };

    // Two digits make one answer where a scale has it: the first marks its own, the second corrects it.
    let typed = "";
    let timer = 0;

    const mark = (part, key) => {
        const keyed = (text) =>
            [...part.querySelectorAll("[data-key]")].find((one) => one.dataset.key === text && !one.closest("[hidden]"));
        const choice = keyed(typed + key) ?? keyed(key);
        if (!choice) return false;
        typed = keyed(typed + key) ? typed + key : key;
        clearTimeout(timer);
        const several = choice.type === "checkbox";
        choice.checked = several ? !choice.checked : true;
        choice.dispatchEvent(new Event("input", {bubbles: true}));
        choice.focus();
        const longer = [...part.querySelectorAll("[data-key]")]
            .some((one) => one.dataset.key !== typed && one.dataset.key.startsWith(typed));
        const settle = () => {
            typed = "";
            if (!several && part.contains(document.activeElement)) goOn(part);
        };
        if (longer) timer = setTimeout(settle, 700);
        else settle();
        return true;
    };

    document.getElementById("survey")?.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey || !/^[0-9-]$/.test(event.key)) return;
        if (!event.target.matches("input[type=radio], input[type=checkbox]")) return;
        const part = event.target.closest(".heard");
        if (part && mark(part, event.key)) event.preventDefault();
    });

    if (!document.getElementById("errors")) {
        const open = questions.find((part) => entry(part) && !part.querySelector("input:checked"));
        const first = open ? entry(open) : undefined;
        if (first && matchMedia("(min-width: 48rem)").matches) first.focus({preventScroll: questions[0] === open});
    }
}
