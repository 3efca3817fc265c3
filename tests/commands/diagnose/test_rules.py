"""Every rule: the bad file that its page shows triggers it, the near miss does not."""

from __future__ import annotations

import pytest

from losscli.commands.diagnose.examine import examine
from losscli.commands.diagnose.registry import Example, Rule, bad, near, rule, rules
from losscli.commands.diagnose.rule_page import findings_of, inspection_of

RULES = rules()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_bad_file_triggers_the_rule(rule: Rule) -> None:
    found = findings_of(rule, rule.bad)
    assert [finding.code for finding in found] == [rule.code] * len(found)
    assert found
    assert {finding.severity for finding in found} <= {rule.severity, "error", "info"}
    for finding in found:
        assert len(finding.rows) <= 5
        assert finding.count >= len(finding.rows)
        assert "\n" not in finding.message + finding.next


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_near_miss_does_not(rule: Rule) -> None:
    assert findings_of(rule, rule.near) == []
    assert rule.near.why


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_bad_file_is_found_among_all_rules(rule: Rule) -> None:
    codes = [finding.code for finding in examine(inspection_of(rule.bad), RULES).findings]
    assert rule.code in codes


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_near_miss_has_no_error_at_all(rule: Rule) -> None:
    def severities(example: Example) -> set[str]:
        return {finding.severity for finding in examine(inspection_of(example), RULES).findings}

    assert "error" not in severities(rule.near)


def test_a_rule_without_its_page_is_refused() -> None:
    declare = rule("L199", "info", "a rule", bad("ce"), near("nothing is wrong"))
    with pytest.raises(TypeError, match="needs the parts What it does, Why it matters, Fix"):
        declare(lambda _: iter(()))
