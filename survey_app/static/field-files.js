// Photographs beside questions and expenses: made small by the store, shown as thumbs, taken away again. After
// field-visit.js. Global: `fieldFiles`.
"use strict";

const fieldFiles = (() => {
    const {facts, own} = fieldVisit;
    const held = {photos: []};
    const addresses = new Map();
    const near = facts.position && facts.place ? {latitude: facts.place[0], longitude: facts.place[1]} : null;

    const count = (question) => held.photos.filter((one) => one.question === question).length;
    const thumb = (photo, number, words) => {
        const line = document.createElement("li");
        const picture = document.createElement("img");
        if (!addresses.has(photo.id)) addresses.set(photo.id, photo.url());
        picture.src = addresses.get(photo.id);
        picture.alt = `${number}`;
        const button = document.createElement("button");
        button.type = "button";
        button.className = "remove";
        button.setAttribute("aria-label", words.remove.replace("{n}", String(number)));
        button.textContent = "×";
        button.addEventListener("click", async () => {
            await fieldStore.removePhoto(photo.id).catch(() => {});
            await load();
        });
        line.append(picture, button);
        if (photo.state === "refused") line.className = "refused";
        return line;
    };
    const draw = (box) => {
        const code = box.dataset.shots;
        const mine = held.photos.filter((one) => one.question === code);
        const list = box.querySelector(".thumbs");
        list.replaceChildren(...mine.map((photo, index) => thumb(photo, index + 1, list.dataset)));
        list.hidden = !mine.length;
        const full = mine.length >= Number(box.dataset.most);
        for (const label of box.querySelectorAll(".add-photo")) label.hidden = full;
        if (mine.some((one) => one.state === "refused")) fault(box, "refused");
    };
    const fault = (box, name) => {
        const line = box.querySelector(".error");
        line.hidden = !name;
        if (name) line.textContent = line.dataset[name] ?? line.dataset.other;
    };

    const load = async () => {
        held.photos = await fieldStore.photos(facts.id).catch(() => []);
        const alive = new Set(held.photos.map((one) => one.id));
        for (const [id, address] of addresses) {
            if (alive.has(id)) continue;
            URL.revokeObjectURL(address);
            addresses.delete(id);
        }
        for (const box of document.querySelectorAll("[data-shots]")) draw(box);
        for (const act of own.listeners) act(own.record);
    };

    // The record stands before its first photo, so that a photo never belongs to nothing.
    const add = async (box, files) => {
        fault(box, "");
        box.setAttribute("aria-busy", "true");
        for (const file of files) {
            if (count(box.dataset.shots) >= Number(box.dataset.most)) break;
            try {
                await fieldVisit.change(() => {});
                await fieldStore.addPhoto(facts.id, box.dataset.shots, file, near);
                await load();
            } catch (error) {
                fault(box, {unreadable: "unreadable", QuotaExceededError: "full"}[error.name] ?? "other");
            }
        }
        box.removeAttribute("aria-busy");
    };
    document.addEventListener("change", ({target}) => {
        if (!target.matches?.("[data-photo]") || !target.files.length) return;
        const files = [...target.files];
        target.value = "";
        add(target.closest("[data-shots]"), files);
    });

    return {load, count, draw, held};
})();
