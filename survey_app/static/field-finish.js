// Before sending: what is missing, expenses with their receipts, voiding honestly; then the report is frozen and sent.
// The last script of a visit: it begins the page. After field-sheet.js.
"use strict";

(() => {
    const {element, app} = fieldApp;
    const {facts, own, change} = fieldVisit;
    const seen = {sending: false};
    const filled = (words, n) => words.replace("{n}", String(n));
    const made = (tag, text = "", name = "") => {
        const part = document.createElement(tag);
        if (text) part.textContent = text;
        if (name) part.className = name;
        return part;
    };
    const titleOf = (part) => (part.querySelector("legend, .question-text, label")?.textContent ?? "").trim();

    // ---- what is missing ---------------------------------------------------------------------------------------------

    const gap = ([part, message]) => {
        const line = made("li");
        const button = made("button", titleOf(part), "plain");
        button.type = "button";
        button.addEventListener("click", () => fieldSheet.point(part));
        line.append(button, made("span", message, "soft"));
        return line;
    };
    const faults = () => {
        const box = element("faults");
        const problems = own.record.problems ?? [];
        box.hidden = !problems.length;
        box.querySelector("ul").replaceChildren(...problems.map((one) => {
            const part = fieldSheet.parts.find((each) => each.dataset.code === (one.question ?? "").replace(/_(comment|other)$/, ""));
            const line = made("li");
            const words = made(part ? "button" : "span", one.message, part ? "plain" : "");
            if (part) {
                words.type = "button";
                words.addEventListener("click", () => fieldSheet.point(part));
            }
            line.append(words);
            return line;
        }));
    };
    const show = () => {
        const voided = fieldSheet.voided();
        const found = fieldSheet.gaps();
        const {expenses} = own.record;
        const asked = (!voided && expenses.some(lacks)) || unexplained(expenses).length > 0;
        const said = element("finish-said");
        said.textContent = voided ? said.dataset.voided : found.length ? filled(said.dataset.missing, found.length) : said.dataset.ready;
        element("gaps").replaceChildren(...found.map(gap));
        const later = voided ? 0 : fieldSheet.parts.filter(fieldSheet.isLater).length;
        element("late-said").hidden = !later;
        element("late-said").textContent = filled(element("late-said").dataset.words, later);
        const {entered, left} = own.record.marks;
        element("taps-said").hidden = Boolean(entered && left) || facts.state === "returned";
        element("send").hidden = found.length > 0;
        element("first-gap").hidden = !found.length;
        element("send").disabled = asked;
        if (element("void")) element("void").checked = voided;
        faults();
    };
    element("first-gap").addEventListener("click", () => {
        const [first] = fieldSheet.gaps();
        if (first) fieldSheet.point(first[0]);
    });
    element("void")?.addEventListener("change", ({target}) => {
        const box = fieldSheet.sheet.elements.namedItem(facts.voids);
        box.checked = target.checked;
        box.dispatchEvent(new Event("change", {bubbles: true}));
        show();
    });

    // ---- expenses ----------------------------------------------------------------------------------------------------

    const list = element("expenses");
    const agorot = (text) => {
        const found = /^(\d{1,6})(?:[.,](\d{1,2}))?$/.exec(text.replace(/[\s₪]/g, ""));
        return found ? Number(found[1]) * 100 + Number((found[2] ?? "0").padEnd(2, "0")) : 0;
    };
    const money = (amount) => `${(amount / 100).toLocaleString("en-IL", {minimumFractionDigits: amount % 100 ? 2 : 0})}\u00a0₪`;
    const receiptOf = (one) => `expense:${one.id}`;
    // An expense without its receipt waits for it, unless a note tells why there is none.
    const lacks = (one) => facts.receipts[one.sort] && !one.note && !fieldFiles.count(receiptOf(one));
    // Those that go above the cap of the visit, one after the other, want a word why.
    const unexplained = (all) => {
        let sum = 0;
        return all.filter((one) => { sum += one.amount; return sum > facts.cap && !one.note; });
    };
    const expense = (one) => {
        const line = made("li");
        line.dataset.id = one.id;
        const option = [...element("expense-sort").options].find((each) => each.value === one.sort);
        const head = made("p", "", "expense-head");
        const amount = made("bdi", money(one.amount));
        amount.dir = "ltr";
        head.append(made("b", option?.textContent ?? one.sort), amount);
        line.append(head);
        if (one.note) line.append(made("p", one.note, "soft words"));
        const shots = element("shots-template").content.firstElementChild.cloneNode(true);
        shots.dataset.shots = receiptOf(one);
        line.append(shots);
        fieldFiles.draw(shots);
        if (lacks(one)) line.append(made("p", list.dataset.lacks, "error"));
        if (unexplained(own.record.expenses).includes(one)) line.append(made("p", list.dataset.unexplained, "error"));
        const button = made("button", list.dataset.remove, "button quiet");
        button.type = "button";
        button.addEventListener("click", async () => {
            for (const photo of fieldFiles.held.photos.filter((each) => each.question === receiptOf(one))) {
                await fieldStore.removePhoto(photo.id).catch(() => {});
            }
            await change((record) => { record.expenses = record.expenses.filter((each) => each.id !== one.id); }).catch(() => {});
            await fieldFiles.load();
            draw();
        });
        line.append(button);
        return line;
    };
    const draw = () => {
        list.replaceChildren(...own.record.expenses.map(expense));
        show();
    };
    element("expense-add").addEventListener("click", () => {
        const [amount, note] = [element("expense-amount"), element("expense-note")];
        const found = agorot(amount.value);
        const wrong = found <= 0 || found > facts.largest;
        element("expense-error").hidden = !wrong;
        if (wrong) {
            element("expense-error").textContent = element("expense-error").dataset.words;
            amount.focus();
            return;
        }
        const one = {id: fieldStore.minted(), sort: element("expense-sort").value, amount: found, note: note.value.trim()};
        const wordless = unexplained([...own.record.expenses, one]).includes(one);
        element("note-error").hidden = !wordless;
        if (wordless) {
            note.focus({preventScroll: true});
            note.closest(".field").scrollIntoView({block: "center"});
            return;
        }
        change((record) => { record.expenses = [...record.expenses, one]; }).catch(() => {});
        amount.value = note.value = "";
        element("add-expense").open = false;
        draw();
        list.lastElementChild?.querySelector("label, button")?.focus();
    });

    // ---- sending -----------------------------------------------------------------------------------------------------

    const send = async () => {
        if (seen.sending || fieldSheet.gaps().length) return;
        seen.sending = true;
        element("send").disabled = true;
        try {
            await change((record) => { record.marks.finished = new Date().toISOString(); });
            await fieldStore.finish(facts.id);
            own.record.state = "finished";
            app.local = "finished";
            element("done-said").textContent = element("done-said").dataset.waiting;
            location.replace("#done");
        } catch {
            element("unstored").scrollIntoView({block: "center"});
        }
        seen.sending = false;
        element("send").disabled = false;
    };
    element("send").addEventListener("click", send);

    // ---- the page begins ---------------------------------------------------------------------------------------------

    const arrived = (view, place, moved) => {
        const over = own.record && own.record.state !== "draft";
        if (over && ["inside", "report", "finish"].includes(view)) location.replace("#done");
        else if (view === "report") fieldSheet.turn(place);
        else if (view === "finish") draw();
        if (view === "inside") fieldVisit.inside(own.record);
        if (moved && view === "finish") element("finish").querySelector("h1").scrollIntoView({block: "end"});
    };
    // Another language shows the same part: what was written lies in the store, under no language.
    for (const link of document.querySelectorAll("[data-language]")) {
        link.addEventListener("click", () => { link.hash = location.hash; });
    }
    const begin = async () => {
        const record = await fieldVisit.load();
        fieldSheet.begin(record);
        await fieldFiles.load();
        fieldVisit.brief(record);
        fieldVisit.place(record);
        const first = (record.problems ?? []).length ? "finish" : record.state === "draft" ? "brief" : "done";
        fieldApp.views(first, arrived);
        document.addEventListener("field:queue", fieldVisit.done);
        app.ready = "yes";
        const said = await fieldApp.taken();
        const fresh = said.releases?.[facts.id];
        const idle = document.body.dataset.view === "brief" && app.local === "none";
        if (said.state === "kept" && fresh && fresh !== facts.release && idle && sessionStorage.getItem("field-fresh") !== fresh) {
            sessionStorage.setItem("field-fresh", fresh);
            location.reload();
        }
    };
    begin().catch(() => {
        element("unstored").hidden = false;
        element("unstored").textContent = element("unstored").dataset.other;
    });
})();
