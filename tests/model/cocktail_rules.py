"""What does the machine do with cocktails: begin, fill, empty, finish and abandon them?"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stockroom.operations.abandon_preparation import AbandonPreparation, DrawnOf, abandon_preparation
from stockroom.operations.add_ingredient import (
    AddIngredient,
    RemoveIngredient,
    add_ingredient,
    remove_ingredient,
)
from stockroom.operations.finish_preparation import FinishPreparation, finish_preparation
from stockroom.operations.record_preparation import PouredIn, RecordPreparation, record_preparation
from stockroom.operations.start_preparation import StartPreparation, start_preparation
from stockroom.vocabulary import (
    Role,
    Rule,
)
from tests.model.acting import (
    CARE,
    CAREFUL,
    OVERRIDES,
    Acting,
    override_of,
)
from tests.oracles.stock_acts import Named


class CocktailRules(Acting):
    """Acts on mixtures."""

    @rule(data=st.data(), care=CARE, has_recipe=st.booleans())
    def start_cocktail(self, data: st.DataObject, care: int, has_recipe: bool) -> None:
        role = self.somebody(data, "prepare", care)
        here = [name for name, each in self.model.sessions.items() if each.clinic == "A"]
        sessions = tuple(data.draw(st.lists(st.sampled_from(here), max_size=2, unique=True), "sessions"))
        self._start("A", role, sessions, has_recipe=has_recipe)

    def _start(self, clinic: str, role: Role, sessions: tuple[str, ...], *, has_recipe: bool) -> None:
        command = StartPreparation(
            recipe_uid=self.uid("recipe") if has_recipe else None,
            reason="" if has_recipe else "asked for",
            session_uids=tuple(self.uid(each) for each in sessions),
        )
        answer = self.do(
            "start_preparation", start_preparation, command,
            lambda model: model.start(clinic, role, sessions, has_recipe), clinic=clinic, role=role,
        )  # fmt: skip
        if answer:
            self.names.learn(f"c{len(self.model.cocktails)}", answer.preparation_uid)

    def a_cocktail(self, data: st.DataObject, care: int) -> str:
        """A draft rather than one that is over."""
        drafts = [name for name, each in self.model.cocktails.items() if not each.is_over]
        return data.draw(
            st.sampled_from(drafts if care and drafts else list(self.model.cocktails)), "cocktail"
        )

    def for_cocktail(self, data: st.DataObject, cocktail: str, care: int) -> Named:
        """Something to be mixed in (with care: what the recipe lacks, from a vial or used in one go)."""
        model, draft = self.model, self.model.cocktails[cocktail]
        inside = {model.lots[each.lot].product for each in draft.inside.values()}
        fitting = [
            (lot, place)
            for lot, place in model.lying("A")
            if model.is_usable(lot, place)
            and model.free(lot, place)
            and (place in model.containers or model.product_of(lot).in_one_go)
            and (not draft.has_recipe or model.lots[lot].product in model.recipe.keys() - inside)
        ]
        if care < CAREFUL or not fitting:
            return self.some_thing(data, care, product=False)[1]
        lot, place = data.draw(st.sampled_from(fitting), "fitting")
        return Named(place=place) if place in model.containers else Named(lot=lot, place=place)

    @precondition(lambda self: self.model.cocktails)
    @rule(data=st.data(), care=CARE, override=OVERRIDES)
    def add_ingredient(self, data: st.DataObject, care: int, override: frozenset[Rule] | None) -> None:
        role = self.somebody(data, "prepare", care)
        cocktail = self.a_cocktail(data, care)
        named = self.for_cocktail(data, cocktail, care)
        if self.clinic_of(named) != "A":
            return
        by_recipe = self.model.cocktails[cocktail].has_recipe
        amounts = [None] if care and by_recipe else [None, 40, 100, self.amount(data, named, care)]
        quantity = data.draw(st.sampled_from(amounts[bool(care) and not by_recipe :]), "drawn")
        self._add("A", role, cocktail, named, quantity, override)

    def _add(
        self,
        clinic: str,
        role: Role,
        cocktail: str,
        named: Named,
        quantity: int | None,
        override: frozenset[Rule] | None,
    ) -> None:
        command = AddIngredient(
            preparation_uid=self.uid(cocktail),
            thing=self.thing(named),
            quantity=quantity,
            override=override_of(override),
        )
        self.do(
            "add_ingredient", add_ingredient, command,
            lambda model: model.add_ingredient(clinic, role, cocktail, named, quantity, override),
            clinic=clinic, role=role,
        )  # fmt: skip

    @precondition(lambda self: self.model.cocktails)
    @rule(data=st.data(), care=CARE)
    def remove_ingredient(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "prepare", care)
        cocktail = self.a_cocktail(data, care)
        n = data.draw(st.integers(1, len(self.model.cocktails[cocktail].ingredients) + 1), "n")
        self.do(
            "remove_ingredient",
            remove_ingredient,
            RemoveIngredient(preparation_uid=self.uid(cocktail), n=n),
            lambda model: model.remove_ingredient("A", role, cocktail, n),
            clinic="A",
            role=role,
        )

    @precondition(lambda self: self.model.cocktails)
    @rule(data=st.data(), care=CARE, override=OVERRIDES, loss=st.sampled_from([None, 0, 10, 100, -5, -400]))
    def finish_cocktail(
        self, data: st.DataObject, care: int, override: frozenset[Rule] | None, loss: int | None
    ) -> None:
        role = self.somebody(data, "prepare", care)
        cocktail = self.a_cocktail(data, care)
        loss = 0 if care else loss
        inside = self.model.cocktails[cocktail].inside.values()
        went_in = sum(each.quantity for each in inside if self.model.product_of(each.lot).is_liquid)
        output = None if loss is None else max(1, went_in - loss)
        place = self.a_shelf(data, "A")
        reason = data.draw(st.sampled_from(["", "spilt", "spilt"]), "loss reason")
        command = FinishPreparation(
            preparation_uid=self.uid(cocktail),
            location_uid=self.uid(place),
            output_quantity=output,
            loss_reason=reason,
            override=override_of(override),
        )
        answer = self.do(
            "finish_preparation", finish_preparation, command,
            lambda model: model.finish_preparation("A", role, cocktail, place, output, reason, override),
            clinic="A", role=role,
        )  # fmt: skip
        if answer:
            self.names.learn(f"A:{cocktail}", answer.lot_uid)
            assert answer.beyond_use_at == self.model.lots[f"A:{cocktail}"].beyond_use_at

    @rule(data=st.data(), care=CARE, ago=st.sampled_from([10, 300, 3000]))
    def record_cocktail(self, data: st.DataObject, care: int, ago: int) -> None:
        """One or two things were mixed, and nobody wrote it down."""
        role = self.somebody(data, "record", care)
        named = [self.some_thing(data, care, product=False)[1] for _ in range(data.draw(st.integers(1, 2)))]
        if any(self.clinic_of(each) != "A" for each in named):
            return
        wanted = [(each, self.amount(data, each, care)) for each in named]
        here = [name for name, each in self.model.sessions.items() if each.clinic == "A"]
        sessions = tuple(data.draw(st.lists(st.sampled_from(here), max_size=2, unique=True), "sessions"))
        place, occurred_at = self.a_shelf(data, "A"), self.model.now - timedelta(minutes=ago)
        command = RecordPreparation(
            ingredients=tuple(
                PouredIn(thing=self.thing(each), quantity=quantity) for each, quantity in wanted
            ),
            location_uid=self.uid(place),
            occurred_at=occurred_at,
            reason="late",
            session_uids=tuple(self.uid(each) for each in sessions),
        )
        answer = self.do(
            "record_preparation", record_preparation, command,
            lambda model: model.record_preparation("A", role, sessions, wanted, place, occurred_at),
            clinic="A", role=role,
        )  # fmt: skip
        if answer:
            cocktail = f"c{len(self.model.cocktails)}"
            self.names.learn(cocktail, answer.preparation_uid)
            self.names.learn(f"A:{cocktail}", answer.lot_uid)
            assert answer.beyond_use_at == self.model.lots[f"A:{cocktail}"].beyond_use_at

    @precondition(lambda self: self.model.cocktails)
    @rule(data=st.data(), care=CARE)
    def abandon_cocktail(self, data: st.DataObject, care: int) -> None:
        role = self.somebody(data, "prepare", care)
        cocktail = self.a_cocktail(data, care)
        inside = self.model.cocktails[cocktail].inside
        drawn = {
            n: data.draw(st.sampled_from([0, each.quantity, each.quantity, each.quantity * 9]), "drawn")
            for n, each in inside.items()
        }
        said = tuple(DrawnOf(n=n, quantity=quantity) for n, quantity in drawn.items())
        self.do(
            "abandon_preparation",
            abandon_preparation,
            AbandonPreparation(preparation_uid=self.uid(cocktail), drawn=said, reason="not needed"),
            lambda model: model.abandon("A", role, cocktail, drawn),
            clinic="A",
            role=role,
        )
