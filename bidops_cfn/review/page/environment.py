"""One environment on the page: verdict, flow graph, proofs, permissions, exposure."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.paths import pointer
from bidops_cfn.review.capability_matrix import capability_matrix
from bidops_cfn.review.exposure_list import exposure_list
from bidops_cfn.review.flow_facts import COLUMNS, flow_facts
from bidops_cfn.review.flow_graph import Edge, Graph, flow_graph
from bidops_cfn.review.page.drawing import drawings, edge_id
from bidops_cfn.review.page.markup import Child, Markup, element, table
from bidops_cfn.review.permission_facts import COLUMNS as PERMISSION_COLUMNS
from bidops_cfn.review.permission_facts import permission_facts
from bidops_cfn.review.proof_table import assumption, assumptions, proofs
from bidops_cfn.review.reasons import NOBODY
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.suppressions import suppressions
from bidops_cfn.review.verdict_box import counts, origin


def environment_section(subject: Subject) -> Markup:
    """Return everything about one environment."""
    return element(
        "div",
        element("h2", subject.name, class_="name"),
        _verdict(subject),
        _flows(subject),
        _proofs(subject),
        _permissions(subject),
        _exposure(subject),
        class_="environment",
        data_environment=subject.name,
    )


def _section(subject: Subject, name: str, title: str, *children: Child) -> Markup:
    return element(
        "section", element("h3", title), *children, id=f"{name}-{subject.name}", class_="card"
    )


def _verdict(subject: Subject) -> Markup:
    found = counts(subject)
    claims, facts = found.sentences
    word = "Look here first" if found.wrong else "Every claim is proved, given its assumptions"
    lines: list[Markup] = [element("p", claims, class_="claims"), element("p", facts)]
    if found.incomplete:
        lines.append(element("p", f"Not everything could be read: {found.incomplete}"))
    return element(
        "div",
        element("strong", f"{'❌' if found.wrong else '✅'} {word}"),
        lines,
        element("p", origin(subject), class_="origin"),
        class_=f"verdict {'bad' if found.wrong else 'good'}",
        role="status",
    )


def _flows(subject: Subject) -> Markup:
    graph = flow_graph(subject)
    return _section(
        subject,
        "flows",
        "Flows",
        element(
            "p",
            "Drawn from the rules of the template. An arrow starts where a connection is opened; "
            "choose one for its rules and requirements. Dotted: promised by another stack. "
            "Thick and red: no requirement asks for it.",
        ),
        element("div", drawings(graph, subject.name), class_="canvas"),
        element(
            "div",
            element("p", "Choose an arrow.", class_="hint"),
            (_edge_details(subject, graph, edge) for edge in graph.edges),
            class_="details",
            aria_live="polite",
        ),
        element(
            "details",
            element("summary", "Every flow and placement as a table"),
            table(COLUMNS, (fact.cells for fact in flow_facts(subject)), class_="facts"),
        ),
    )


def _edge_details(subject: Subject, graph: Graph, edge: Edge) -> Markup:
    titles = {node.id: node.title for node in graph.nodes}
    rules: list[Child] = [element("li", element("code", rule)) for rule in edge.rules]
    asked: list[Child] = [element("li", _requirement(name)) for name in edge.requirements]
    if edge.promised:
        rules = [element("li", "No rule here: NetworkStack promises it")]
        asked = [element("li", "US4-5: the load balancer alone is open, on 80 and 443")]
    return element(
        "div",
        element("h4", f"{titles[edge.source]} → {titles[edge.target]}, {edge.label}"),
        element(
            "dl",
            element("dt", "Rules"),
            element("dd", element("ul", rules)),
            element("dt", "Asked for by"),
            element("dd", element("ul", asked)),
        ),
        id=edge_id(subject.name, graph, edge),
        class_="rules",
        hidden=True,
    )


def _requirement(name: str) -> str:
    if name == NOBODY:
        return "nobody: no requirement asks for this flow"
    known = requirements().get(name)
    return f"{name}: {known.title}" if known else name


def _proofs(subject: Subject) -> Markup:
    numbered = assumptions(subject.verdicts)
    return _section(
        subject,
        "proofs",
        "Proofs",
        element(
            "p",
            "Permissions and flows are taken at their widest; what cannot be resolved is unknown, "
            "and unknown fails. Each claim holds for this template, given its assumptions.",
        ),
        element(
            "ul",
            (_proof(subject, index) for index in range(len(subject.verdicts))),
            class_="proofs",
        ),
        element("h4", "Assumptions: what the template cannot show"),
        element(
            "dl",
            (
                (
                    element("dt", number, id=f"{subject.name}-{number}"),
                    element("dd", assumption(text).replace("`", "")),
                )
                for text, number in numbered.items()
            ),
            class_="assumptions",
        ),
    )


def _proof(subject: Subject, index: int) -> Markup:
    one = proofs(subject)[index]
    links = (
        element("a", number, href=f"#{subject.name}-{number}", class_="tag")
        for number in one.assumptions
    )
    return element(
        "li",
        element("span", one.outcome, class_="outcome"),
        element(
            "div",
            element("p", one.statement),
            element("p", "Shown by: ", "; ".join(one.witnesses), class_="small"),
            element("p", "Given ", links, class_="small"),
        ),
        class_=one.verdict.outcome.lower(),
    )


def _permissions(subject: Subject) -> Markup:
    facts = permission_facts(subject)
    matrix = capability_matrix(facts)
    head = ("Role", "Used as", *matrix.services)
    rows = (
        (
            element("code", role),
            matrix.uses.get(role, "nobody"),
            *(
                _cell(matrix.cells.get((role, service)), role, service)
                for service in matrix.services
            ),
        )
        for role in matrix.roles
    )
    filter_id = f"filter-{subject.name}"
    return _section(
        subject,
        "permissions",
        "IAM",
        element(
            "p",
            "Number of actions by AWS service and access level; choose a cell to see "
            "its permissions below.",
        ),
        table(head, rows, class_="matrix"),
        element(
            "div",
            element("label", "Filter permissions", for_=filter_id),
            element(
                "input",
                type="search",
                id=filter_id,
                class_="filter",
                autocomplete="off",
                placeholder="s3, Write, BffTaskRole, FR-017",
                spellcheck="false",
            ),
            element("output", "", for_=filter_id),
            class_="filterbar",
        ),
        table(PERMISSION_COLUMNS, (fact.cells for fact in facts), class_="facts filtered"),
    )


def _cell(text: str | None, role: str, service: str) -> Markup | str:
    if not text:
        return ""
    words = text.split(", ")
    level = min(words, key=lambda word: word.startswith(("Read", "List"))).split(" ")[0].lower()
    return element(
        "button",
        (element("span", word) for word in words),
        type="button",
        class_=f"level {level}",
        data_filter=f"{role} {service}:",
        aria_label=f"{role}, {service}: {text}; show these permissions",
    )


def _exposure(subject: Subject) -> Markup:
    found = exposure_list(subject)
    hushed = [f"{word} at {pointer(path)}" for word, path in suppressions(subject.template)]
    alarming = [one for one in found if one.alarming]
    said: list[Child] = []
    if not alarming:
        said.append(
            element(
                "p",
                "No public address, no address range in any rule, no implicit egress, no "
                "managed policy from outside, no missing container hardening. There on "
                "purpose:",
            )
        )
    return _section(
        subject,
        "exposure",
        "Exposure",
        said,
        table(("Kind", "Of", "What"), _exposed(subject), class_="facts"),
        element("h4", "Suppressions"),
        element("ul", (element("li", one) for one in hushed))
        if hushed
        else element("p", "None: nothing in the template tells a checker to look away."),
    )


def _exposed(subject: Subject) -> Iterator[tuple[Child, ...]]:
    for one in exposure_list(subject):
        kind = one.kind.replace("`", "")
        mark: Child = element("strong", f"❌ {kind}") if one.alarming else kind
        yield mark, one.subject, element("code", one.shown)
