"""Facts of a rendered template: any template, as a plain dict, and not only ours.

Pure functions that never raise on malformed input. What cannot be resolved is unknown, taken at
its worst, and fails::

    template (dict) -> combinations -> Reading of each -> proofs, widening -> rules / review

The ways in, each in the module of its name:

``reading.read(template) -> Facts``
    Everything at once. ``Facts.readings`` has one ``Reading`` for each combination: a way to
    answer all conditions and listed parameter values. A ``Reading`` offers ``document``, ``roles``,
    ``groups``, ``task_definitions``, ``services``, ``flows(service)``,
    ``service(name)`` (the ECS service that is meant for a specified one), and ``origin(path)``,
    which leads back into the template. ``Facts.incomplete`` says why not all of them are
    there, or what CloudFormation would still expand.
``proofs.prove(facts, contract) -> tuple[Verdict, ...]``
    Every claim: PROVED, REFUTED or UNKNOWN (``verdict.Outcome``) with witnesses and assumptions.
``widening.changes(old, new) -> tuple[FactChange, ...]``
    What a change of template widens or narrows, compared as sets case by case, and what changed
    that no fact looks into (``attention``).
``exposures.exposures(reading)``
    Public addresses, address ranges, ``*`` resources, managed policies, principals, variables.
``security_groups.security_groups(document)``
    One ``Flow`` per thing that a group lets through.
``template_under_review.TemplateUnderReview(template, facts, environment, settings)``
    A template in its environment, as rules, proofs and reviews look at it.
``imports.Contract(environment, names)``, ``imports.import_uses(document)``
    The contract's values as symbols, and what the template imports.
``symbols.canonical(value)``, ``symbols.same(one, other)``, ``symbols.show(value)``
    Values as typed symbols: equivalent ``Sub``, ``Join`` and ``GetAtt`` forms become equal JSON.

Every fact carries the path of keys where it stands: ``document.pointer(path)`` is its JSON pointer,
``document.logical_id(path)`` the resource, parameter or output that it belongs to.
"""
