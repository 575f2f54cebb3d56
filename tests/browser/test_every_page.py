"""Is every page, in every role, free of what axe finds, of console errors and of what the policy forbids?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from stockroom.vocabulary import Role
from tests.browser.pages import PageToSee, screens, unresolved
from tests.browser.shop import Shop
from tests.browser.visiting import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
_WIDTHS = {Role.NURSE: 1024, Role.PRACTITIONER: 390}
_DARK = (Role.MANAGER, Role.PRACTITIONER)
_CUT = """() => {
  const pen = document.createElement('canvas').getContext('2d');
  const room = (each, style) => each.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const isCut = (each) => {
    const style = getComputedStyle(each);
    pen.font = style.font;
    return each.checkVisibility() && pen.measureText(each.selectedOptions[0]?.text ?? '').width > room(each, style) + 1;
  };
  return [...document.querySelectorAll('select:not([multiple])')].filter(isCut).map((each) => each.name);
}"""
"""The names of the choices whose chosen word does not fit."""


def test_every_screen_has_a_thing_to_be_looked_at(shop: Shop) -> None:
    assert unresolved(shop.store) == ()


@pytest.mark.parametrize("role", list(Role))
def test_axe_and_the_console_find_nothing_on_any_page(
    visit: Callable[..., Visit], shop: Shop, role: Role, scale: int
) -> None:
    at = visit(role.value, width=_WIDTHS.get(role, 1440), scheme="dark" if role in _DARK else "light")
    found: list[str] = []
    seen = [page for n, page in enumerate(screens(shop.store)) if _is_looked_at(page, n, role, scale)]

    for page in seen:
        answer = at.page.goto(shop.address + page.path)
        assert answer is not None and answer.status == 200, f"{page.path}: {answer and answer.status}"
        result = Axe().run(at.page)
        found += [
            f"{page.name}: {violation['id']} {violation['nodes'][0]['html'][:160]}"
            for violation in result.response["violations"]
        ]
        overflow = at.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if overflow > 0:
            found.append(f"{page.name}: {overflow} px wider than the window")
        found += [f"{page.name}: the choice {name} is cut" for name in at.page.evaluate(_CUT)]
        if at.page.locator("[data-scan-field]").count() == 0:
            found.append(f"{page.name}: no scan field")

    assert len(seen) >= 5
    assert not found, "\n".join(found)


def _is_looked_at(page: PageToSee, n: int, role: Role, scale: int) -> bool:
    """At scale 1 each page is looked at in one of its roles, turn by turn; above in every one."""
    if role.value not in page.roles:
        return False
    return scale > 1 or page.roles[n % len(page.roles)] == role.value
