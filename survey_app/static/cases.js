// Ready words are copied by a button. Without scripts, or where the browser gives no clipboard, they are marked by hand.
"use strict";

(() => {
    if (!navigator.clipboard) return;
    const status = document.getElementById("copied");
    for (const button of document.querySelectorAll("[data-copy]")) {
        const label = [...button.childNodes];
        button.hidden = false;
        button.addEventListener("click", async () => {
            try {
                await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).innerText);
            } catch {
                return;
            }
            button.textContent = status.textContent = button.dataset.copied;
            setTimeout(() => {
                button.replaceChildren(...label);
                status.textContent = "";
            }, 2500);
        });
    }
})();
