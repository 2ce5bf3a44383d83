// How many characters a field still takes. It is said aloud when somebody stops typing, not at every key.
"use strict";

document.querySelectorAll("[data-count]").forEach((line) => {
    const field = document.getElementById(line.dataset.count);
    const most = Number(field.dataset.most);
    const spoken = document.createElement("p");
    spoken.className = "hidden";
    spoken.setAttribute("role", "status");
    line.after(spoken);
    let pause;
    const say = () => {
        // As the server counts: without blanks at the ends, by whole characters.
        const left = most - [...field.value.trim()].length;
        const words = (left < 0 ? line.dataset.over : line.dataset.left).replace("{}", Math.abs(left));
        line.textContent = words;
        line.classList.toggle("bad", left < 0);
        clearTimeout(pause);
        return words;
    };
    field.addEventListener("input", () => {
        const words = say();
        pause = setTimeout(() => { spoken.textContent = words; }, 1000);
    });
    say();
});
