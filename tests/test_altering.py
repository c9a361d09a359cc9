from dataclasses import replace

import pytest

from ionto.treat.guards import Watch
from ionto.words.altering import altered


def test_an_altered_copy_is_what_replace_gives_and_leaves_the_first_alone() -> None:
    watch = Watch(since_s=0.1)

    assert altered(watch, weak_s=0.5, suspicion="overcurrent") == replace(watch, weak_s=0.5, suspicion="overcurrent")
    assert watch == Watch(since_s=0.1)


def test_a_field_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="Watch has no fault"):
        altered(Watch(), fault="overcurrent")
