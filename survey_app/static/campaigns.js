// Planning a campaign: text messages are counted and shown while somebody types, and branches are found by their names.
// The server counts the same when the page is saved; without scripts the button "Look again" does.
"use strict";

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("\f^{}\\[~]|€");

// As forms/messages/parts.py counts: units of a network's alphabet, and parts that tear no letter apart.
function count(text) {
    const letters = [...text];
    const plain = letters.every((letter) => BASIC.has(letter) || EXTENDED.has(letter));
    const sizes = letters.map((letter) => (plain ? (EXTENDED.has(letter) ? 2 : 1) : letter.length));
    const units = sizes.reduce((sum, size) => sum + size, 0);
    const [whole, each] = plain ? [160, 153] : [70, 67];
    if (units <= whole) return {units, parts: units ? 1 : 0};
    let parts = 1;
    let left = each;
    for (const size of sizes) {
        if (size > left) {
            parts += 1;
            left = each;
        }
        left -= size;
    }
    return {units, parts};
}

for (const message of document.querySelectorAll(".message")) {
    const sample = JSON.parse(message.dataset.sample);
    const fill = (text) => text.replace(/\{([^{}\n]*)\}/g, (place, name) => sample[name] ?? place);
    for (const field of message.querySelectorAll("textarea[data-part]")) {
        const shown = message.querySelector(`.screen [data-part=${field.dataset.part}]`);
        const room = document.getElementById(`${field.id}-room`);
        field.addEventListener("input", () => {
            const text = fill(field.value.trim());
            if (shown) shown.textContent = text;
            if (!room || !("counts" in field.dataset)) return;
            const {units, parts} = count(text);
            room.textContent = room.dataset.words.replace("{units}", units).replace("{count}", parts);
            room.classList.toggle("bad", parts > 2);
            const caption = message.querySelector("figcaption");
            if (!caption) return;
            caption.textContent = room.textContent;
            caption.classList.toggle("bad", parts > 2);
        });
    }
}

const find = document.querySelector("[data-finds]");
if (find) {
    const regions = [...document.querySelectorAll(`#${find.dataset.finds} > details`)];
    const before = regions.map((region) => region.open);
    find.closest("[hidden]").hidden = false;
    find.addEventListener("input", () => {
        const wanted = find.value.trim().toLocaleLowerCase();
        regions.forEach((region, number) => {
            let any = false;
            for (const choice of region.querySelectorAll(".ticks .choice")) {
                const fits = choice.textContent.toLocaleLowerCase().includes(wanted);
                choice.hidden = !fits;
                any ||= fits;
            }
            region.hidden = !any;
            region.open = wanted ? any : before[number];
        });
    });
    // Enter in the search looks for a branch; it saves nothing.
    find.addEventListener("keydown", (event) => {
        if (event.key === "Enter") event.preventDefault();
    });
}
