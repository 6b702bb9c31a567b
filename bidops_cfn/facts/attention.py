"""What a comparison looks into, and what changed beside it (``looked_into.toml``).

Nothing is called unchanged because nothing reads it: a change of a property that no fact tells of,
and that is not known to be harmless, is one whose meaning cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from bidops_cfn.facts import symbols
from bidops_cfn.facts.changes import GONE, Change, FactChange, FactKind, differences, leaves
from bidops_cfn.facts.document import Document, Path, Resource, descend, mapping, named
from bidops_cfn.facts.roles import POLICIES, ROLE
from bidops_cfn.facts.statements import policy_document
from bidops_cfn.spec.resource_types import LookedInto, Steps, below, looked_into

# What stands beside a resource's properties, and the sections that permit nothing by themselves.
ATTRIBUTES = frozenset(
    {
        "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "UpdatePolicy",
        "UpdateReplacePolicy",
    }
)  # fmt: skip
# What becomes of a resource, and what it holds, once it is not in the template any more.
KEEPING = frozenset({"DeletionPolicy", "UpdateReplacePolicy"})
SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs",
        "Parameters", "Resources", "Transform",
    }
)  # fmt: skip
# Of a parameter: texts, and the default and the listed values, which are compared as values.
OF_PARAMETERS = frozenset(
    {"AllowedValues", "ConstraintDescription", "Default", "Description", "NoEcho"}
)
IMAGE = ("ContainerDefinitions", "Image")  # the facts of an image name what it may become


def is_looked_into(kind: str) -> bool:
    """Tell whether facts or the list of what is harmless know the type ``kind``."""
    return kind in looked_into()


def is_harmless(kind: str, path: Path) -> bool:
    """Tell whether a change at ``path`` of a resource of the type ``kind`` opens nothing."""
    return _is_in(kind, path, lambda known: known.harmless | known.shown)


def is_quiet(kind: str, path: Path) -> bool:
    """Tell whether the values of such a change are no help in a decision."""
    if path[:1] and path[0] in KEEPING:
        return False
    return _is_in(kind, path, lambda known: known.harmless)


def _is_in(kind: str, path: Path, listed: Callable[[LookedInto], frozenset[Steps]]) -> bool:
    known = looked_into().get(kind)
    if known is None:
        return False
    if path[:1] != ("Properties",):
        return path[:1] != () and path[0] in ATTRIBUTES
    return below(_steps(path[1:]), listed(known))


def unlisted(resource: Resource) -> Iterator[Path]:
    """Yield the properties of a resource of a known type that nothing looks into, as wholes."""
    known = looked_into().get(resource.type)
    listed = known.all if known else frozenset[Steps]()
    waiting: list[Path] = [(name,) for name in resource.properties] if known else []
    while waiting:
        path = waiting.pop(0)
        steps = _steps(path)
        if below(steps, listed):
            continue
        value = resource.get(*path)
        inside = any(one[: len(steps)] == steps for one in listed)
        if isinstance(value, list) and inside:
            waiting += [(*path, index) for index in range(len(value))]
        elif isinstance(value, dict) and inside and symbols.function(value) is None:
            waiting += [(*path, str(name)) for name in value]
        else:
            yield resource.at(*path)


def untold(name: str, text: str, path: Path) -> FactChange:
    """Return a change that no fact tells of: of which resource or section, and in what."""
    return FactChange(Change.UNKNOWN, FactKind.UNREAD, name, text, path)


def unread(before: Document, after: Document) -> Iterator[FactChange]:
    """Yield every change between two cases of templates that is not looked into."""
    for name, old in before.resources.items():
        new = after.resources.get(name)
        if new is None:
            if not is_looked_into(old.type):
                yield untold(name, f"was removed and is not looked into ({_kind(old)})", old.path)
            continue
        names = sorted({_named(path) for path in _overlooked(old, new)})
        if names:
            text = f"changed and is not looked into ({_kind(new)}: {', '.join(names)})"
            yield untold(name, text, new.path)
    for name in sorted(after.resources.keys() - before.resources.keys()):
        new = after.resources[name]
        names = sorted({_named(path[2:]) for path in unlisted(new)})
        if names:
            text = f"is new and not looked into ({_kind(new)}: {', '.join(names)})"
            yield untold(name, text, new.path)


def unread_sections(old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[FactChange]:
    """Yield the changes of sections and parameters of canonical templates that nothing reads."""
    for section in sorted({*old, *new} - SECTIONS):
        if not symbols.same(old.get(section), new.get(section)):
            yield untold(section, "changed and is not looked into", (section,))
    before, after = mapping(old.get("Parameters")), mapping(new.get("Parameters"))
    for name in sorted(before.keys() & after.keys()):
        one, other = mapping(before[name]), mapping(after[name])
        stored = "AWS::SSM::" in symbols.show(other.get("Type"))  # its default is only a name
        known = OF_PARAMETERS - {"Default"} if stored else OF_PARAMETERS
        changed = {
            key for key in {*one, *other} - known if not symbols.same(one.get(key), other.get(key))
        }
        if is_hidden(one) and not is_hidden(other):
            changed.add("NoEcho")
        if "NoEcho" in changed or (changed and _decides(new, name)):
            text = f"changed and is not looked into (parameter: {', '.join(sorted(changed))})"
            yield untold(name, text, ("Parameters", name))


def is_hidden(parameter: object) -> bool:
    """Tell whether CloudFormation keeps the value of a parameter to itself."""
    return str(symbols.text(mapping(parameter).get("NoEcho"))).lower() == "true"


def _overlooked(old: Resource, new: Resource) -> Iterator[Path]:
    known = looked_into().get(old.type) if old.type == new.type else None
    for found in differences(_whole(old), _whole(new)):
        for path, _, _ in leaves(found):
            if path[0] != "Properties":
                seen = known is not None and path[0] in ATTRIBUTES
            elif known is not None:
                seen = below(_steps(path[1:]), known.read) or is_harmless(old.type, path)
            else:
                seen = _in_policy(old, new, path)
            if not seen or _makes_variables(old, new, path):
                yield path


def _in_policy(old: Resource, new: Resource, path: Path) -> bool:
    """Tell whether ``path`` lies in a policy that both sides have, wherever it stands.

    What a resource permits without one is not the same for all types.
    """
    return old.type not in (ROLE, *POLICIES) and any(
        all(_policy_at(one, path[:length]) for one in (old, new))
        for length in range(1, len(path) + 1)
    )


def _makes_variables(old: Resource, new: Resource, path: Path) -> bool:
    """Tell whether a policy's version changes, on which the meaning of its variables hangs.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    """
    where = path[:-1] if str(path[-1]).lower() == "version" else path  # or a policy as text
    policies = [_policy_at(one, where) or {} for one in (old, new)]
    versions = [[v for k, v in one.items() if k.lower() == "version"] for one in policies]
    return versions[0] != versions[1] and any("${" in symbols.key(one) for one in policies)


def _policy_at(resource: Resource, path: Path) -> Mapping[str, object] | None:
    return policy_document(descend(_whole(resource), *path))


def _whole(resource: Resource) -> dict[str, object]:
    return {"Type": resource.type, "Properties": resource.properties, **resource.attributes}


def _decides(template: Mapping[str, object], parameter: str) -> bool:
    """Tell whether a parameter is used where its value may permit something."""
    if parameter in symbols.all_referenced(template.get("Conditions")):
        return True
    for raw in mapping(template.get("Resources")).values():
        declared = mapping(raw)
        kind = symbols.text(declared.get("Type")) or ""
        whole = {"Properties": declared.get("Properties")}
        for found in leaves(next(differences(GONE, whole))):
            used = parameter in symbols.all_referenced(found.after)
            if used and _steps(found.path[1:]) != IMAGE and not is_harmless(kind, found.path):
                return True
    return False


def _steps(path: Sequence[str | int]) -> Steps:
    """Return a path without its indexes."""
    return tuple(step for step in path if isinstance(step, str))


def _named(path: Path) -> str:
    return named(path[1:] if path[0] == "Properties" else path) or "Properties"


def _kind(resource: Resource) -> str:
    return resource.type or "without a type"
