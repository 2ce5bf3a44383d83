"""An author who has a keyboard and nothing else: reaches a control with Tab, fills it in, presses it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Locator, Page

#: Everything that Tab stops at, in order, and where the focus is among it.
_STOPS = """(wanted) => {
    const kinds = 'a[href], button, input, select, textarea, summary, iframe, [tabindex]';
    const stops = [...document.querySelectorAll(kinds)]
        .filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== 'hidden' && one.checkVisibility()
            && !(one.type === 'radio' && one.name && !one.checked && one.form
                 && [...one.form.elements].some((other) => other.name === one.name && other.checked)));
    const at = stops.indexOf(document.activeElement);
    return stops.indexOf(wanted) - at;
}"""
#: The folds around a control that are closed, the outermost first.
_FOLDS = """(wanted) => {
    const found = [];
    for (let one = wanted.parentElement; one; one = one.parentElement)
        if (one.tagName === 'DETAILS' && !one.open && !(wanted.tagName === 'SUMMARY' && wanted.parentElement === one))
            found.unshift(one);
    return found.map((one) => { one.dataset.fold = one.dataset.fold ?? `f${Math.random()}`; return one.dataset.fold; });
}"""

#: From so many presses of one key on, they are not answered one by one.
AT_ONCE = 3
#: The keys that are pressed many times, by the code of Windows that a browser knows them by.
KEYS = {"Tab": 9, "ArrowUp": 38, "ArrowDown": 40}
SHIFT = 8
PATIENCE = 30_000.0  # milliseconds for all of them


class Keyboard:
    """Drives the editor's screen by keys alone."""

    def __init__(self, page: Page, code: str) -> None:
        self.page, self.code = page, code
        self.keys = page.context.new_cdp_session(page)
        self.presses = 0

    def press(self, key: str, times: int = 1) -> None:
        """Press a key; pressed often, it goes to the browser down and up and down, without an answer between two."""
        if times < AT_ONCE:
            for _time in range(times):
                self.page.keyboard.press(key)
        else:
            self._row(key, times)
        self.presses += times

    def _row(self, key: str, times: int) -> None:
        """One press after another, as Playwright sends each of them, and then the wait for all."""
        *held, name = key.split("+")
        code = KEYS[name]
        shared = {"modifiers": SHIFT if held else 0, "key": name, "code": name, "windowsVirtualKeyCode": code}
        keys = self.keys._impl_obj

        async def pressed() -> None:
            sent = [
                asyncio.ensure_future(keys.send("Input.dispatchKeyEvent", {"type": way, **shared}, timeout=PATIENCE))
                for _time in range(times)
                for way in ("rawKeyDown", "keyUp")
            ]
            await asyncio.gather(*sent)

        self.keys._sync(pressed())

    def reach(self, wanted: Locator) -> None:
        """Tab to a control, opening the folds around it on the way."""
        wanted.wait_for(state="attached")
        for fold in wanted.evaluate(_FOLDS):
            self.reach(self.page.locator(f'[data-fold="{fold}"] > summary'))
            self.press("Enter")
        for _attempt in range(6):
            if wanted.evaluate("(one) => one === document.activeElement"):
                return
            # The frame of the preview takes stops of its own: count anew until the control is reached.
            steps = int(wanted.evaluate(_STOPS))
            self.press("Tab" if steps >= 0 else "Shift+Tab", max(1, min(abs(steps), 400)))
        raise AssertionError(f"the keyboard does not reach {wanted}")

    def named(self, name: str) -> Locator:
        """The control with a name in the form of the part."""
        return self.page.locator(f'#filling [name="{name}"]').last

    def set(self, name: str, value: Any) -> None:
        """Fill in one control."""
        control = self.named(name)
        sort = control.evaluate("(one) => one.tagName === 'SELECT' ? 'select' : one.type")
        if sort == "checkbox":
            if control.is_checked() != bool(value):
                self.reach(control)
                self.press("Space")
            return
        if sort == "radio":
            self._choose(name, value)
            return
        if control.input_value() == value:
            return
        self.reach(control)
        if sort == "select":
            steps = control.evaluate(
                "(one, value) => [...one.options].findIndex((o) => o.value === value) - one.selectedIndex", value
            )
            self.press("ArrowDown" if steps > 0 else "ArrowUp", abs(steps))
            return
        self.press("Control+a")
        if value:
            self.page.keyboard.insert_text(value)
        else:
            self.press("Delete")

    def _choose(self, name: str, value: Any) -> None:
        """Go by arrows from the choice that is ticked to another."""
        choices = self.page.locator(f'#filling [name="{name}"]')
        values = choices.evaluate_all("(all) => all.map((one) => one.value)")
        ticked = choices.evaluate_all("(all) => all.findIndex((one) => one.checked)")
        steps = values.index(value) - ticked
        if steps:
            self.reach(choices.nth(ticked))
            self.press("ArrowDown" if steps > 0 else "ArrowUp", abs(steps))

    def fill(self, fields: Mapping[str, Any]) -> None:
        """Fill in several controls."""
        for name, value in fields.items():
            self.set(name, value)

    def do(self, what: str, *, maybe: bool = False) -> None:
        """Press a button and wait for what it does; ``maybe`` where nothing may be left to do."""
        revision = self.page.locator('.status [name="revision"]')
        before = revision.input_value()
        button = self.page.locator(f'button[name="do"][value="{what}"]:not([tabindex="-1"])').first
        self.reach(button)
        self.swapped()
        unsaved = what.split(":", maxsplit=1)[0] in {"row", "rule", "paste", "refresh"}
        assert unsaved or maybe or revision.input_value() != before, f"{what} changed nothing: {self.faults()}"

    def swapped(self) -> None:
        """Press Enter and wait for the screen that comes of it."""
        self.page.evaluate("() => { document.getElementById('editor').dataset.old = '1'; }")
        self.press("Enter")
        self.page.locator("#editor:not([data-old])").wait_for(state="attached")

    def faults(self) -> list[str]:
        """What the page says is wrong."""
        return self.page.locator("#part .error, #part .summary li").all_inner_texts()

    def open(self, at: str) -> None:
        """Follow the outline to a part."""
        if self.page.locator("#editor").get_attribute("data-at") == at:
            return
        self.reach(self.page.locator(f'#editor a[href*="at={at}#"], #editor a[href*="at={at}&"]').first)
        self.swapped()
        assert self.at == at

    @property
    def at(self) -> str:
        """The part that is open."""
        return str(self.page.locator("#editor").get_attribute("data-at"))
