"""The fields of the queue's forms, validated: names, lengths, nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from ml_connector.operator_ui.desk import pair_to_change
from ml_connector.operator_ui.guard import check_form
from ml_connector.operator_ui.pairs import Pair

Name = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=2000)]


class PairForm(BaseModel):
    """What every form of a pair sends; `token` proves that it is one of ours."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Name
    pair: Name


class CaseForm(PairForm):
    """The documents of one flow that wait for the same; `state` is what the person saw of them."""

    flow: Name
    reason: Name = ""
    value: Text = ""
    state: Name


class MapForm(PairForm):
    """What a code means.

    Args:
        seen: what it meant on the page.
        choice: a proposal; "" for what was entered in `other`.
        effective_from: first day of the documents that it is for; "" for those of any day.
        sure: it is new in the target since the last run.
        release: release what waits for nothing else.
    """

    flow: Name
    reason: Name
    value: Text
    seen: Text = ""
    choice: Text = ""
    other: Text = ""
    note: Text = ""
    effective_from: Name = ""
    sure: bool = False
    release: bool = False


class DocumentForm(PairForm):
    """One document; `state` and `content` are what the person saw of it."""

    flow: Name
    key: Text
    state: Name
    content: Name = ""
    comment: Text = ""


def pair_of(request: Request, form: PairForm) -> Pair:
    """Return the form's pair, once it is sure that it is one of our forms and that its sender may change the pair."""
    check_form(request, form.token)
    return pair_to_change(request, form.pair)
